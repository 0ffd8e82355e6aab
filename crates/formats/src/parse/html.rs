//! Web pages: to Markdown by `htmd`, then to blocks.

use htmd::element_handler::{HandlerResult, Handlers};
use htmd::{Element, HtmlToMarkdown};

use super::{Parsed, Writer, markdown};
use crate::error::Refusal;

pub(super) fn parse(html: &str) -> Result<Parsed, Refusal> {
    let mut blocks = Writer::default();
    write(&mut blocks, html)?;
    Ok(Parsed {
        title: title(html),
        blocks: blocks.finish(),
        ..Parsed::default()
    })
}

/// Writes the content of a page; what is not content (scripts, styles, forms, menus) is left out.
pub(super) fn write(blocks: &mut Writer, html: &str) -> Result<(), Refusal> {
    if nesting(html) > MAX_NESTING {
        return Err(Refusal::corrupt("it is nested too deeply"));
    }
    let converter = HtmlToMarkdown::builder()
        .skip_tags(vec![
            "head", "title", "script", "style", "noscript", "template", "svg", "iframe", "nav",
            "img", "button",
        ])
        .add_handler(vec!["pre"], preformatted)
        .build();
    let text = converter
        .convert(html)
        .map_err(|_| Refusal::corrupt("its HTML cannot be read"))?;
    markdown::write(blocks, &text)?;
    Ok(())
}

/// Browsers stop at 512; building the tree takes time with the square of its depth.
const MAX_NESTING: usize = 2000;

/// How deep the tags nest at most, going by their names alone. Elements that need no end tag don't count,
/// nor do those that have no content.
fn nesting(html: &str) -> usize {
    const WITHOUT_END: &[&str] = &[
        "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup",
        "rp", "rt", "colgroup", "area", "base", "br", "col", "embed", "hr", "img", "input", "link",
        "meta", "param", "source", "track", "wbr",
    ];
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    for tag in html.split('<').skip(1) {
        let (closes, tag) = tag
            .strip_prefix('/')
            .map_or((false, tag), |tag| (true, tag));
        let end = tag
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(tag.len());
        let name = tag[..end].to_ascii_lowercase();
        if name.is_empty() || WITHOUT_END.contains(&name.as_str()) {
            continue;
        }
        depth = if closes {
            depth.saturating_sub(1)
        } else {
            depth + 1
        };
        deepest = deepest.max(depth);
    }
    deepest
}

/// `<pre>` is preformatted with or without a `<code>` in it.
#[expect(clippy::unnecessary_wraps, reason = "the shape of a handler of htmd")]
fn preformatted(handlers: &dyn Handlers, element: Element<'_>) -> Option<HandlerResult> {
    let content = handlers.walk_children(element.node).content;
    let content = content.trim_matches('\n');
    if content.starts_with("```") {
        return Some(format!("\n\n{content}\n\n").into());
    }
    let longest = content.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    Some(format!("\n\n{fence}\n{content}\n{fence}\n\n").into())
}

fn title(html: &str) -> Option<String> {
    let lower = html
        .get(..html.floor_char_boundary(64 << 10))?
        .to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower[open..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let converter = HtmlToMarkdown::new();
    // The title is escaped text; as a paragraph it comes back unescaped.
    let markdown = converter
        .convert(&format!(
            "<p>{}</p>",
            &html[start..end].replace('<', "&lt;")
        ))
        .ok()?;
    let title = markdown::parse(&markdown)
        .ok()?
        .blocks
        .into_iter()
        .next()?
        .text;
    Some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_gives_its_title_and_structure_and_no_scripts() {
        let page = "<!doctype html><html><head><title>A &amp; B *x*</title><script>alert(1)</script></head><body>\
            <nav><a href=/>Home</a></nav><h2>Head</h2><p>One <b>bold</b><br>line</p><ul><li>a<ul><li>b</li></ul></li></ul>\
            <table><tr><th>x</th><th>y</th></tr><tr><td>1</td><td>2</td></tr></table><pre>x  = 1\n  * y_z</pre><script>evil()</script></body></html>";
        let parsed = parse(page).unwrap();
        assert_eq!(parsed.title.as_deref(), Some("A & B *x*"));
        let found: Vec<_> = parsed
            .blocks
            .iter()
            .map(|block| format!("{:?}: {}", block.kind, block.text))
            .collect();
        assert_eq!(
            found,
            [
                "Heading { level: 2 }: Head",
                "Paragraph: One bold\nline",
                "ListItem { depth: 0, ordered: false }: a",
                "ListItem { depth: 1, ordered: false }: b",
                "Table { rows: [[\"x\", \"y\"], [\"1\", \"2\"]] }: x | y\n1 | 2",
                "Code: x  = 1\n  * y_z",
            ]
        );
    }
}
