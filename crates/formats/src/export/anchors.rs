//! Links within a document: `#some-heading` leads to the heading "Some heading".

use std::collections::{HashMap, HashSet};

use crate::tree::{Block, DocumentTree, Inline, inline_text};

/// Gives headings their names, in the order in which they are met; a name that was given gets a number.
#[derive(Default)]
pub struct Slugs {
    given: HashMap<String, usize>,
}

impl Slugs {
    pub fn name(&mut self, heading: &str) -> String {
        let slug = slug(heading);
        let count = self.given.entry(slug.clone()).or_insert(0);
        *count += 1;
        if *count == 1 {
            slug
        } else {
            format!("{slug}-{}", *count - 1)
        }
    }
}

fn slug(heading: &str) -> String {
    let mut slug = String::new();
    for c in heading.trim().chars() {
        if c.is_alphanumeric() || c == '_' {
            slug.extend(c.to_lowercase());
        } else if c.is_whitespace() || c == '-' {
            slug.push('-');
        }
    }
    slug
}

/// The headings that links lead to.
pub struct Anchors {
    targets: HashSet<String>,
}

impl Anchors {
    /// Finds which headings outside of tables are the target of a link.
    pub fn of(tree: &DocumentTree) -> Self {
        let mut wanted = HashSet::new();
        collect(&tree.content, &mut wanted);
        let mut targets = HashSet::new();
        if !wanted.is_empty() {
            let mut slugs = Slugs::default();
            for entry in tree.outline() {
                let name = slugs.name(&entry.text);
                if wanted.contains(&name) {
                    targets.insert(name);
                }
            }
        }
        Self { targets }
    }

    /// The heading a `#…` link leads to, if there is one.
    pub fn target<'a>(&self, href: &'a str) -> Option<&'a str> {
        href.strip_prefix('#')
            .filter(|name| self.targets.contains(*name))
    }

    /// Whether a link leads to the heading of this name.
    pub fn is_target(&self, name: &str) -> bool {
        self.targets.contains(name)
    }
}

/// The text of a heading on one line, as the outline has it.
pub fn heading_text(content: &[Inline]) -> String {
    inline_text(content).replace('\n', " ")
}

fn collect(blocks: &[Block], wanted: &mut HashSet<String>) {
    for block in blocks {
        match block {
            Block::Paragraph { content, .. } | Block::Heading { content, .. } => {
                for inline in content {
                    if let Inline::Text { marks, .. } = inline
                        && let Some(name) = marks
                            .link
                            .as_deref()
                            .and_then(|href| href.strip_prefix('#'))
                    {
                        wanted.insert(name.to_owned());
                    }
                }
            }
            Block::BulletList(items) | Block::OrderedList { items, .. } => {
                for item in items {
                    collect(&item.content, wanted);
                }
            }
            Block::Blockquote(content) => collect(content, wanted),
            Block::Table(rows) => {
                for cell in rows.iter().flat_map(|row| &row.cells) {
                    collect(&cell.content, wanted);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_named_as_in_the_web() {
        let mut slugs = Slugs::default();
        assert_eq!(slugs.name("What's new? (2026)"), "whats-new-2026");
        assert_eq!(slugs.name("Größe"), "größe");
        assert_eq!(slugs.name("Größe"), "größe-1");
    }

    #[test]
    fn only_headings_that_exist_are_targets() {
        let mut tree = crate::markdown::parse("# One\n\n[a](#one) [b](#two)");
        tree.normalise();
        let anchors = Anchors::of(&tree);
        assert_eq!(anchors.target("#one"), Some("one"));
        assert_eq!(anchors.target("#two"), None);
    }
}
