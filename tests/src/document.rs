//! Small document trees, and reading them.

use serde_json::{Value, json};

/// The built-in engine that quotes and needs no model.
pub const EXTRACTIVE: &str = "carrel/extractive";
/// The model a scripted upstream offers.
pub const SCRIPTED_MODEL: &str = "scripted/quill-1";

/// The `id` of anything.
pub fn id_of(thing: &Value) -> String {
    thing["id"]
        .as_str()
        .unwrap_or_else(|| panic!("an id in {thing}"))
        .to_owned()
}

/// A tree of these blocks.
pub fn tree(blocks: &[Value]) -> Value {
    json!({ "type": "doc", "content": blocks })
}

/// A paragraph of plain text.
pub fn paragraph(text: &str) -> Value {
    json!({ "type": "paragraph", "content": [{ "type": "text", "text": text }] })
}

/// A heading of level 1 to 6.
pub fn heading(level: u8, text: &str) -> Value {
    json!({ "type": "heading", "attrs": { "level": level }, "content": [{ "type": "text", "text": text }] })
}

/// A required text variable of a template.
pub fn variable(name: &str) -> Value {
    json!({ "name": name, "label": name, "kind": "text", "required": true, "default": "", "options": [] })
}

/// The text of a tree, or of any part of one, blocks apart by a newline.
pub fn text_of(node: &Value) -> String {
    if let Some(text) = node["text"].as_str() {
        return text.to_owned();
    }
    let children: Vec<_> = node["content"].as_array().into_iter().flatten().collect();
    let inline = children
        .iter()
        .all(|child| matches!(child["type"].as_str(), Some("text" | "hardBreak")));
    let texts: Vec<_> = children.into_iter().map(text_of).collect();
    texts.join(if inline { "" } else { "\n" })
}

/// The ProseMirror positions around the text of a top-level block, for plain paragraphs and headings.
pub fn positions_of(tree: &Value, block: usize) -> (usize, usize) {
    let size = |node: &Value| text_of(node).encode_utf16().count() + 2;
    let blocks = tree["content"].as_array().expect("a tree has content");
    let before: usize = blocks[..block].iter().map(size).sum();
    (before + 1, before + size(&blocks[block]) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_the_tokens_around_blocks_and_utf16_units_within() {
        let tree = tree(&[heading(1, "Ab"), paragraph("𝄞c"), paragraph("d")]);
        assert_eq!(positions_of(&tree, 0), (1, 3));
        assert_eq!(positions_of(&tree, 1), (5, 8));
        assert_eq!(positions_of(&tree, 2), (10, 11));
        assert_eq!(text_of(&tree), "Ab\n𝄞c\nd");
    }
}
