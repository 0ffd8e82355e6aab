//! Running headers and footers of a PDF.

use std::collections::HashMap;

use super::pdf_content::PageContent;

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

/// Words that stand beside the number of a page.
const BESIDE_PAGE_NUMBERS: [&str; 10] = [
    "page", "p", "pg", "of", "seite", "s", "von", "página", "pagina", "de",
];

/// What makes two lines the same running line. Numbers are made equal only where nothing else is said than which
/// page this is: "Chapter 3" and "Chapter 4" are two headings, and neither may be lost.
fn running_key(line: &str) -> String {
    let line = line.trim();
    let only_numbers_a_page = line
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .all(|word| BESIDE_PAGE_NUMBERS.contains(&word.to_lowercase().as_str()));
    if !only_numbers_a_page {
        return line.to_owned();
    }
    let mut key = String::new();
    for character in line.chars() {
        if !character.is_numeric() {
            key.push(character);
        } else if !key.ends_with('#') {
            key.push('#');
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::running_key;

    #[test]
    fn headings_that_differ_by_their_number_are_not_one_running_line() {
        assert_eq!(running_key("Page 3 of 17"), running_key("Page 12 of 17"));
        assert_eq!(running_key("- 3 -"), running_key("- 4 -"));
        assert_eq!(running_key("Annual report "), running_key("Annual report"));
        assert_ne!(running_key("Chapter 3"), running_key("Chapter 4"));
    }
}
