//! `{{name}}` in templates and prompts.

use std::collections::BTreeMap;

/// Characters of a value.
pub(crate) const MAX_VALUE: usize = 20_000;

/// A piece of text with variables.
enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut from = 0;
        while let Some(found) = rest[from..].find("{{") {
            let open = from + found;
            let inside = &rest[open + 2..];
            if let Some(close) = inside.find("}}") {
                let name = inside[..close].trim();
                if is_name(name) {
                    if open > 0 {
                        let (text, after) = rest.split_at(open);
                        rest = after;
                        return Some(Piece::Text(text));
                    }
                    rest = &inside[close + 2..];
                    return Some(Piece::Variable(name));
                }
            }
            from = open + 2;
        }
        Some(Piece::Text(std::mem::take(&mut rest)))
    })
}

/// Whether a variable may be called so: a letter or underscore, then letters, digits, underscores; at most 64.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The variables of a text, each once, in order.
pub(crate) fn names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for piece in pieces(text) {
        if let Piece::Variable(name) = piece
            && !names.iter().any(|n| n == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}

/// The text with its variables replaced; one without a value stays as it is. Values are not searched for variables.
pub(crate) fn fill(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Variable(name) => match values.get(name) {
                Some(value) => filled.push_str(value),
                None => filled.extend(["{{", name, "}}"]),
            },
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_and_filled_once() {
        let text = "Dear {{ name }}, {{name}} {{1x}} {{a {{due_on}} }}";
        assert_eq!(names(text), ["name", "due_on"]);
        let values = BTreeMap::from([("name".to_owned(), "{{due_on}}".to_owned())]);
        assert_eq!(
            fill(text, &values),
            "Dear {{due_on}}, {{due_on}} {{1x}} {{a {{due_on}} }}"
        );
        assert_eq!(names("{{"), Vec::<String>::new());
    }
}
