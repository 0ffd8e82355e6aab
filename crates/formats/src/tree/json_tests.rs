use serde_json::{Value, json};

use super::read::*;
use super::*;

fn refused(value: Value) -> TreeError {
    DocumentTree::from_value(value).expect_err("should be refused")
}

#[test]
fn a_rich_document_survives_the_trip_through_json() {
    let tree = samples::report();
    let json = serde_json::to_string(&tree).unwrap();
    assert_eq!(DocumentTree::from_json(&json).unwrap(), tree);
}

#[test]
fn what_the_editor_writes_is_read() {
    let tree = DocumentTree::from_value(json!({ "type": "doc", "content": [
        { "type": "paragraph", "attrs": { "textAlign": null }, "content": [
            { "type": "text", "text": "see ", "marks": [] },
            { "type": "text", "text": "here", "marks": [
                { "type": "link", "attrs": { "href": "https://example.org", "target": "_blank", "rel": "noopener", "class": null } },
                { "type": "bold" },
            ] },
            { "type": "hardBreak", "marks": [{ "type": "bold" }] },
        ] },
        { "type": "orderedList", "attrs": { "start": 3, "type": null }, "content": [
            { "type": "listItem", "content": [{ "type": "paragraph" }] },
        ] },
        { "type": "table", "content": [{ "type": "tableRow", "content": [
            { "type": "tableHeader", "attrs": { "colspan": 2, "rowspan": 1, "colwidth": [120, null] },
              "content": [{ "type": "paragraph" }] },
        ] }] },
    ] }))
    .unwrap();
    let Block::Paragraph { content, .. } = &tree.content[0] else {
        panic!("{tree:?}")
    };
    assert_eq!(content.len(), 3);
    assert!(matches!(
        &tree.content[1],
        Block::OrderedList { start: 3, .. }
    ));
    let Block::Table(rows) = &tree.content[2] else {
        panic!("{tree:?}")
    };
    assert_eq!(rows[0].cells[0].colwidth, Some(vec![120, 0]));
}

#[test]
fn an_unknown_node_or_mark_is_named_with_its_path() {
    let error = refused(json!({ "type": "doc", "content": [
        { "type": "paragraph" },
        { "type": "blockquote", "content": [{ "type": "video" }] },
    ] }));
    assert_eq!(
        error.to_string(),
        "content[1].content[0]: a node of the type \"video\" can't be here"
    );
    let error = refused(
        json!({ "type": "doc", "content": [{ "type": "paragraph", "content": [
        { "type": "text", "text": "x", "marks": [{ "type": "bold" }, { "type": "blink" }] },
    ] }] }),
    );
    assert_eq!(
        error.to_string(),
        "content[0].content[0].marks[1]: the mark \"blink\" is not known"
    );
    assert_eq!(
        refused(json!({ "type": "paragraph" })).to_string(),
        "doc: a node of the type \"paragraph\" can't be here"
    );
}

#[test]
fn links_and_pictures_come_from_allowed_places_only() {
    for href in [
        "javascript:alert(1)",
        "JAVASCRIPT:x",
        " https://x",
        "data:text/html,x",
        "//x",
        "https:",
        "file:///etc/passwd",
        "https://x\n",
    ] {
        let error = refused(
            json!({ "type": "doc", "content": [{ "type": "paragraph", "content": [
            { "type": "text", "text": "x", "marks": [{ "type": "link", "attrs": { "href": href } }] },
        ] }] }),
        );
        assert_eq!(error.kind, TreeErrorKind::Link, "{href}");
    }
    for src in [
        "https://example.org/a.png",
        "carrel:",
        "carrel:../../etc",
        "data:image/svg+xml;base64,AAAA",
        "data:image/png;base64,***",
        "",
    ] {
        let error = refused(
            json!({ "type": "doc", "content": [{ "type": "image", "attrs": { "src": src } }] }),
        );
        assert_eq!(error.kind, TreeErrorKind::ImageSource, "{src}");
    }
    for src in [
        "carrel:images/0198c5f2-3b0e-7c11-8f5e-0a1b2c3d4e5f",
        "data:image/png;base64,iVBORw0KGgo=",
    ] {
        DocumentTree::from_value(
            json!({ "type": "doc", "content": [{ "type": "image", "attrs": { "src": src } }] }),
        )
        .unwrap();
    }
}

#[test]
fn depth_nodes_and_text_are_limited() {
    let mut value = json!({ "type": "paragraph" });
    for _ in 0..MAX_DEPTH - 1 {
        value = json!({ "type": "blockquote", "content": [value] });
    }
    let deepest = json!({ "type": "doc", "content": [value] });
    let tree = DocumentTree::from_value(deepest.clone()).unwrap();
    let text = serde_json::to_string(&tree).unwrap();
    assert_eq!(DocumentTree::from_json(&text).unwrap(), tree);
    let error = refused(
        json!({ "type": "doc", "content": [{ "type": "blockquote", "content": deepest["content"] }] }),
    );
    assert_eq!(error.kind, TreeErrorKind::TooDeep);

    let many = vec![json!({ "type": "horizontalRule" }); MAX_NODES + 1];
    assert_eq!(
        refused(json!({ "type": "doc", "content": many })).kind,
        TreeErrorKind::TooManyNodes
    );
    let long = "x".repeat(MAX_TEXT_BYTES + 1);
    let error = refused(
        json!({ "type": "doc", "content": [{ "type": "codeBlock", "content": [{ "type": "text", "text": long }] }] }),
    );
    assert_eq!(error.kind, TreeErrorKind::TooMuchText);
}

#[test]
fn json_of_any_depth_is_refused_as_too_deep() {
    let nested = |levels: usize| {
        let open = r#"{"type":"blockquote","content":["#.repeat(levels);
        let close = "]}".repeat(levels);
        format!(r#"{{"type":"doc","content":[{open}{{"type":"paragraph"}}{close}]}}"#)
    };
    assert!(DocumentTree::from_json(&nested(MAX_DEPTH - 1)).is_ok());
    for levels in [MAX_DEPTH, 61, 62, 63, 64, 1_000_000] {
        let error = DocumentTree::from_json(&nested(levels)).unwrap_err();
        assert_eq!(error.kind, TreeErrorKind::TooDeep, "{levels} levels");
    }
    let bomb = "[".repeat(1_000_000);
    let error = DocumentTree::from_json(&bomb).unwrap_err();
    assert_eq!(error.to_string(), "doc: nodes nest deeper than 60 levels");
    let error = DocumentTree::from_json("[").unwrap_err();
    assert!(matches!(error.kind, TreeErrorKind::Json(_)), "{error}");
}

#[test]
fn attributes_out_of_range_are_refused() {
    for (node, name) in [
        (
            json!({ "type": "heading", "attrs": { "level": 7 } }),
            "level",
        ),
        (
            json!({ "type": "heading", "attrs": { "level": "1" } }),
            "level",
        ),
        (
            json!({ "type": "paragraph", "attrs": { "textAlign": "middle" } }),
            "textAlign",
        ),
        (
            json!({ "type": "orderedList", "attrs": { "start": -1 } }),
            "start",
        ),
        (
            json!({ "type": "table", "content": [{ "type": "tableRow", "content": [{ "type": "tableCell", "attrs": { "colspan": 0 } }] }] }),
            "colspan",
        ),
    ] {
        let error = refused(json!({ "type": "doc", "content": [node] }));
        assert!(
            matches!(error.kind, TreeErrorKind::Attribute { name: found, .. } if found == name),
            "{error}"
        );
    }
}
