//! Hostile and broken files: each gives a named error, soon, and the parent lives.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod files;

use std::time::{Duration, Instant};

use carrel_formats::{ExtractError, Extractor};
use files::{extract, extract_with, extractor_config, zip_of};
use proptest::prelude::*;

/// The jail's own wall clock, and what a busy machine adds.
const LONGEST: Duration = Duration::from_secs(75);

/// The error of a file that must not be readable; fails when it takes unreasonably long.
async fn refused(bytes: &[u8], name: &str) -> ExtractError {
    let started = Instant::now();
    let outcome = extract(bytes, name).await;
    assert!(
        started.elapsed() < LONGEST,
        "{name} took {:?}",
        started.elapsed()
    );
    match outcome {
        Err(error) => error,
        Ok(extraction) => panic!("{name} was read: {:.300}", extraction.text()),
    }
}

#[tokio::test]
async fn empty_and_blank_files_are_empty() {
    for bytes in [&b""[..], b" \n\t ", b"\xEF\xBB\xBF"] {
        assert_eq!(refused(bytes, "x.txt").await.code(), "file_empty");
    }
}

#[tokio::test]
async fn cut_off_files_are_corrupt() {
    let docx = files::docx();
    assert_eq!(
        refused(&docx[..docx.len() / 2], "x.docx").await.code(),
        "file_corrupt"
    );
    let png = files::png_of_text();
    assert_eq!(
        refused(&png[..png.len() / 2], "x.png").await.code(),
        "file_corrupt"
    );
    assert_eq!(
        refused(
            b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\n<</Type /Cata",
            "x.pdf"
        )
        .await
        .code(),
        "file_corrupt"
    );
    assert_eq!(
        refused(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and no more", "x.doc")
            .await
            .code(),
        "file_corrupt"
    );
}

#[tokio::test]
async fn protected_files_say_so() {
    assert_eq!(
        refused(&files::encrypted_pdf(), "x.pdf").await.code(),
        "file_encrypted"
    );
    assert_eq!(
        refused(
            &files::ole_of(&["EncryptionInfo", "EncryptedPackage"]),
            "x.docx"
        )
        .await
        .code(),
        "file_encrypted"
    );
    let manifest = br#"<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>"#;
    let odt = zip_of(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.text".as_slice(),
        ),
        ("content.xml", b"xxxx"),
        ("META-INF/manifest.xml", manifest),
    ]);
    assert_eq!(refused(&odt, "x.odt").await.code(), "file_encrypted");
}

#[tokio::test]
async fn what_is_not_a_document_is_named() {
    for (bytes, what) in [
        (&b"\x7FELF\x02\x01\x01\0\0\0\0\0"[..], "a program"),
        (b"\x00\x01\x02\x03\xFF\xFE\x00\x00abc\x00", "binary data"),
        (b"GIF89a\x01\0\x01\0\0\0\0", "a GIF picture"),
    ] {
        let error = refused(bytes, "letter.docx").await;
        assert!(
            matches!(&error, ExtractError::Unsupported { detected } if detected == what),
            "{error:?}"
        );
    }
    let zip = zip_of(&[("readme.txt", b"hello".as_slice())]);
    assert_eq!(
        refused(&zip, "x.docx").await.code(),
        "file_type_unsupported"
    );
}

#[tokio::test]
async fn the_antivirus_test_file_is_refused() {
    let eicar = [
        r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STAND",
        "ARD-ANTIVIRUS-TEST-FILE!$H+H*",
    ]
    .concat();
    assert_eq!(
        refused(eicar.as_bytes(), "x.com").await.code(),
        "malware_test_file"
    );
}

#[tokio::test]
async fn a_zip_bomb_is_refused() {
    let bomb = vec![b' '; 200 << 20];
    let mut document = b"<?xml version=\"1.0\"?>".to_vec();
    document.extend_from_slice(&bomb);
    let docx = zip_of(&[
        ("[Content_Types].xml", b"<Types/>".as_slice()),
        ("word/document.xml", &document),
    ]);
    assert!(docx.len() < 1 << 20);
    assert_eq!(refused(&docx, "x.docx").await.code(), "archive_bomb");
}

#[tokio::test]
async fn more_text_than_a_document_has_is_refused() {
    let text = "All work and no play makes Jack a dull boy.\n".repeat(500_000);
    assert_eq!(
        refused(text.as_bytes(), "x.txt").await.code(),
        "text_too_large"
    );
}

#[tokio::test]
async fn too_large_a_file_is_refused_unread() {
    let file = files::sparse_file(500 << 20);
    let error = Extractor::new(extractor_config())
        .extract(file, "x.pdf", |_| ())
        .await
        .unwrap_err();
    assert!(
        matches!(error, ExtractError::TooLarge { size, limit } if size == 500 << 20 && limit == 50 << 20),
        "{error:?}"
    );
    assert_eq!(error.to_string(), "the file has 500 MB, the limit is 50 MB");
}

#[tokio::test]
async fn deep_nesting_dies_in_the_jail() {
    // Whether a parser follows a depth or gives up on it is its own business; that it ends soon is ours.
    let html = format!("<html><body>{}deep", "<div><ul><li>".repeat(100_000));
    let rtf = format!(
        "{{\\rtf1 {}deep{}",
        "{".repeat(1_000_000),
        "}".repeat(1_000_000)
    );
    let markdown = format!("{}deep", "> ".repeat(100_000));
    let pdf = format!(
        "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R/X {}{}>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\ntrailer<</Root 1 0 R/Size 3>>\n",
        "[".repeat(1_000_000),
        "]".repeat(1_000_000)
    );
    let xml = format!(
        "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">{}",
        "<w:p>".repeat(200_000)
    );
    let docx = zip_of(&[("word/document.xml", xml.as_bytes())]);
    for (name, bytes) in [
        ("x.html", html.as_bytes()),
        ("x.rtf", rtf.as_bytes()),
        ("x.md", markdown.as_bytes()),
        ("x.pdf", pdf.as_bytes()),
        ("x.docx", &docx),
    ] {
        let started = Instant::now();
        let outcome = extract(bytes, name).await;
        println!(
            "{name}: {:?} in {:?}",
            outcome.as_ref().map(|e| e.blocks.len()),
            started.elapsed()
        );
        assert!(started.elapsed() < LONGEST, "{name}");
        if let Err(error) = outcome {
            assert!(
                [
                    "file_corrupt",
                    "extraction_timed_out",
                    "extraction_out_of_memory"
                ]
                .contains(&error.code()),
                "{name}: {error:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_pdf_that_refers_to_itself_ends() {
    let pdf = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2147483647/Parent 2 0 R>>\nendobj\ntrailer<</Root 1 0 R/Size 3>>\n";
    let error = refused(pdf, "x.pdf").await;
    assert!(
        ["file_corrupt", "too_many_pages", "no_text_found"].contains(&error.code()),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_picture_that_claims_to_be_enormous_is_refused() {
    let png = files::png_header(2_000_000_000, 2_000_000_000);
    assert_eq!(refused(&png, "x.png").await.code(), "file_corrupt");
    let png = files::png_header(29_999, 29_999);
    assert_eq!(refused(&png, "x.png").await.code(), "file_corrupt");
}

#[tokio::test]
async fn more_pages_than_the_limit_are_refused() {
    let pages: Vec<&[&str]> = vec![&[]; 2001];
    let error = refused(&files::pdf_with_page_texts(&pages), "x.pdf").await;
    assert!(
        matches!(
            error,
            ExtractError::TooManyPages {
                pages: 2001,
                limit: 2000
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_system_without_the_jail_program_is_not_the_files_fault() {
    let mut config = extractor_config();
    config.program = "/nonexistent/carrel".into();
    let error = extract_with(&Extractor::new(config), b"hello", "x.txt")
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.is_retryable()),
        ("storage_unavailable", true)
    );
}

fn damaged(bytes: &[u8], damage: &[(usize, u8)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (place, value) in damage {
        let place = place % bytes.len();
        bytes[place] = *value;
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_take_the_parent_down(
        start in prop::sample::select(vec![&b"%PDF-1.7\n"[..], b"PK\x03\x04", b"{\\rtf1 ", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"\x89PNG\r\n\x1a\n", b"\xFF\xD8\xFF", b"<html>", b""]),
        rest in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let bytes = [start, &rest[..]].concat();
        if let Err(error) = runtime.block_on(extract(&bytes, "x.md")) {
            prop_assert!(!["storage_unavailable", "isolation_unavailable"].contains(&error.code()), "{error:?}");
        }
    }

    #[test]
    fn damaged_files_give_text_or_a_named_error(
        which in 0..4_usize,
        damage in prop::collection::vec((any::<usize>(), any::<u8>()), 1..30),
    ) {
        let whole = match which {
            0 => files::docx(),
            1 => files::pdf_with_page_texts(&[&["/F1 11 Tf 72 700 Td (Hello) Tj"]]),
            2 => files::epub(),
            _ => files::png_of_text(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        if let Err(error) = runtime.block_on(extract(&damaged(&whole, &damage), "x")) {
            prop_assert!(!["storage_unavailable", "isolation_unavailable"].contains(&error.code()), "{error:?}");
        }
    }
}
