//! How deep a JSON text nests, found without reading it into anything.

/// How deep the JSON reader goes.
pub(super) const MAX_JSON_DEPTH: usize = 127;

/// Whether objects and arrays nest deeper than this. What isn't JSON gives some answer; reading it finds that out.
pub(super) fn nests_deeper_than(json: &str, limit: usize) -> bool {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_are_text() {
        let text = r#"{"a[[[\\":["{[","\"[[[",{}]}"#;
        assert!(nests_deeper_than(text, 2));
        assert!(!nests_deeper_than(text, 3));
    }

    #[test]
    fn the_json_reader_goes_exactly_as_deep() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        for (depth, reads) in [(MAX_JSON_DEPTH, true), (MAX_JSON_DEPTH + 1, false)] {
            let text = nested(depth);
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&text).is_ok(),
                reads
            );
            assert_eq!(!nests_deeper_than(&text, MAX_JSON_DEPTH), reads);
        }
    }
}
