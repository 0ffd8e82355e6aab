//! Running headers and footers of a PDF.

use std::collections::HashMap;

use super::pdf_layout::PageContent;

/// Lines at the top and bottom that come back page after page; only their first occurrence is content.
pub(super) struct RunningLines {
    first_page: HashMap<String, u32>,
}

impl RunningLines {
    pub(super) fn of(pages: &[PageContent]) -> Self {
        let mut seen: HashMap<String, (u32, usize)> = HashMap::new();
        for content in pages {
            let texts: Vec<&str> = content.texts().collect();
            let mut keys: Vec<String> = content
                .edges()
                .into_iter()
                .map(|index| running_key(texts[index]))
                .collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys.into_iter().filter(|key| !key.is_empty()) {
                seen.entry(key).or_insert((content.page, 0)).1 += 1;
            }
        }
        // Left and right pages often differ, and so do chapters.
        let often = (pages.len() / 20).clamp(3, 12);
        let first_page = seen.into_iter().filter(|(_, (_, count))| *count >= often);
        Self {
            first_page: first_page.map(|(key, (page, _))| (key, page)).collect(),
        }
    }

    pub(super) fn repeats(&self, content: &PageContent, index: usize) -> bool {
        let key = content
            .texts()
            .nth(index)
            .map(running_key)
            .unwrap_or_default();
        self.first_page
            .get(&key)
            .is_some_and(|first| *first < content.page)
    }
}

/// A line with its numbers made equal.
fn running_key(line: &str) -> String {
    let mut key = String::new();
    for character in line.trim().chars() {
        if !character.is_numeric() {
            key.push(character);
        } else if !key.ends_with('#') {
            key.push('#');
        }
    }
    key
}
