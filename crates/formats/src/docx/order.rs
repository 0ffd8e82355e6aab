//! Puts the children of properties into the order the schema of WordprocessingML wants (ECMA-376 part 1, annex A).
//!
//! `docx-rs` writes some properties in an order of its own, which Word forgives in most places and not in all. The
//! same pass adds what the library has no words for: header rows, the alternative texts and numbers of pictures.

/// What the pass adds to one part of the package.
#[derive(Default)]
pub struct Additions<'a> {
    /// The alternative texts of the pictures, in the order in which they occur.
    pub alternatives: &'a [String],
    /// The number of the first picture; numbers are unique within the package.
    pub first_picture: usize,
}

/// Rewrites machine-written XML (no comments, no CDATA, attributes in double quotes).
pub fn in_schema_order(xml: &str, additions: &Additions<'_>) -> String {
    let mut rewriter = Rewriter {
        xml,
        at: 0,
        additions,
        pictures: 0,
    };
    let mut out = String::with_capacity(xml.len());
    rewriter.content(None, &mut out);
    out
}

struct Rewriter<'a> {
    xml: &'a str,
    at: usize,
    additions: &'a Additions<'a>,
    pictures: usize,
}

impl Rewriter<'_> {
    /// Copies up to and with the end tag of `parent`, or to the end of the text.
    fn content(&mut self, parent: Option<&str>, out: &mut String) {
        while self.at < self.xml.len() {
            let rest = &self.xml[self.at..];
            let Some(begin) = rest.find('<') else {
                out.push_str(rest);
                self.at = self.xml.len();
                return;
            };
            out.push_str(&rest[..begin]);
            self.at += begin;
            if self.xml[self.at..].starts_with("</") {
                let tag = self.tag();
                if parent.is_some() {
                    out.push_str(tag);
                    return;
                }
                out.push_str(tag);
                continue;
            }
            self.element(out);
        }
    }

    /// The tag at the current place, which moves behind it.
    fn tag(&mut self) -> &str {
        let rest = &self.xml[self.at..];
        let end = rest.find('>').map_or(rest.len(), |end| end + 1);
        self.at += end;
        &rest[..end]
    }

    fn element(&mut self, out: &mut String) {
        let start = self.at;
        let tag_end = {
            let tag = self.tag();
            start + tag.len()
        };
        let tag = &self.xml[start..tag_end];
        if tag.starts_with("<?") {
            out.push_str(tag);
            return;
        }
        let name = name_of(tag);
        if tag.ends_with("/>") {
            match name {
                // Empty run properties say nothing.
                "w:rPr" => {}
                "w:gridCol" => out.push_str(&tag.replace(" w:type=\"dxa\"", "")),
                "wp:docPr" => self.picture(out),
                _ => out.push_str(tag),
            }
            return;
        }
        if name == "w:p" {
            // The numbers of paragraphs depend on what else the process has written.
            out.push_str("<w:p>");
            self.content(Some(name), out);
            return;
        }
        let Some(order) = order_of(name) else {
            out.push_str(tag);
            self.content(Some(name), out);
            return;
        };
        let mut children: Vec<(usize, String)> = Vec::new();
        loop {
            let rest = &self.xml[self.at..];
            let Some(begin) = rest.find('<') else { break };
            self.at += begin;
            if self.xml[self.at..].starts_with("</") {
                self.tag();
                break;
            }
            let child_name = name_of(&self.xml[self.at..]).to_owned();
            let mut child = String::new();
            self.element(&mut child);
            if child.is_empty() {
                continue;
            }
            let rank = order
                .iter()
                .position(|known| *known == child_name)
                .unwrap_or(order.len());
            if name == "w:trPr" && child_name == "w:cantSplit" {
                children.push((rank, child));
                children.push((rank + 1, "<w:tblHeader/>".to_owned()));
            } else {
                children.push((rank, child));
            }
        }
        if children.is_empty() && name != "w:tcPr" {
            return;
        }
        children.sort_by_key(|(rank, _)| *rank);
        out.push_str(tag);
        for (_, child) in children {
            out.push_str(&child);
        }
        out.push_str("</");
        out.push_str(name);
        out.push('>');
    }

    fn picture(&mut self, out: &mut String) {
        let number = self.additions.first_picture + self.pictures;
        let alternative = self
            .additions
            .alternatives
            .get(self.pictures)
            .map_or("", String::as_str);
        self.pictures += 1;
        let alternative = super::escaped(alternative);
        out.extend([
            format!("<wp:docPr id=\"{number}\" name=\"Picture {number}\"").as_str(),
            " descr=\"",
            &alternative,
            "\"/>",
        ]);
    }
}

fn name_of(tag: &str) -> &str {
    let inside = tag.trim_start_matches('<');
    let end = inside
        .find(|c: char| c.is_whitespace() || c == '>' || c == '/')
        .unwrap_or(inside.len());
    &inside[..end]
}

fn order_of(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "w:pPr" => &[
            "w:pStyle",
            "w:keepNext",
            "w:keepLines",
            "w:pageBreakBefore",
            "w:framePr",
            "w:widowControl",
            "w:numPr",
            "w:suppressLineNumbers",
            "w:pBdr",
            "w:shd",
            "w:tabs",
            "w:bidi",
            "w:adjustRightInd",
            "w:snapToGrid",
            "w:spacing",
            "w:ind",
            "w:contextualSpacing",
            "w:jc",
            "w:textAlignment",
            "w:outlineLvl",
            "w:rPr",
            "w:sectPr",
        ],
        "w:rPr" => &[
            "w:rStyle",
            "w:rFonts",
            "w:b",
            "w:bCs",
            "w:i",
            "w:iCs",
            "w:caps",
            "w:strike",
            "w:dstrike",
            "w:color",
            "w:spacing",
            "w:sz",
            "w:szCs",
            "w:highlight",
            "w:u",
            "w:shd",
            "w:vertAlign",
        ],
        "w:numPr" => &["w:ilvl", "w:numId"],
        "w:tblPr" => &[
            "w:tblStyle",
            "w:tblpPr",
            "w:tblW",
            "w:jc",
            "w:tblInd",
            "w:tblBorders",
            "w:shd",
            "w:tblLayout",
            "w:tblCellMar",
        ],
        "w:trPr" => &["w:cantSplit", "w:tblHeader", "w:trHeight"],
        "w:tcPr" => &[
            "w:tcW",
            "w:gridSpan",
            "w:vMerge",
            "w:tcBorders",
            "w:shd",
            "w:tcMar",
            "w:textDirection",
            "w:vAlign",
        ],
        "w:sectPr" => &[
            "w:headerReference",
            "w:footerReference",
            "w:type",
            "w:pgSz",
            "w:pgMar",
            "w:pgNumType",
            "w:cols",
            "w:titlePg",
            "w:docGrid",
        ],
        "w:lvl" => &[
            "w:start",
            "w:numFmt",
            "w:pStyle",
            "w:suff",
            "w:lvlText",
            "w:lvlJc",
            "w:pPr",
            "w:rPr",
        ],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_put_into_the_order_of_the_schema() {
        let xml = r#"<w:p w14:paraId="1"><w:pPr><w:rPr /><w:pStyle w:val="A" /><w:numPr><w:numId w:val="2" /><w:ilvl w:val="0" /></w:numPr><w:jc w:val="both" /><w:ind w:left="1" /><w:pageBreakBefore /></w:pPr><w:r><w:rPr><w:b /><w:rStyle w:val="C" /></w:rPr><w:t>a &lt; b</w:t></w:r></w:p>"#;
        assert_eq!(
            in_schema_order(xml, &Additions::default()),
            r#"<w:p><w:pPr><w:pStyle w:val="A" /><w:pageBreakBefore /><w:numPr><w:ilvl w:val="0" /><w:numId w:val="2" /></w:numPr><w:ind w:left="1" /><w:jc w:val="both" /></w:pPr><w:r><w:rPr><w:rStyle w:val="C" /><w:b /></w:rPr><w:t>a &lt; b</w:t></w:r></w:p>"#
        );
    }

    #[test]
    fn header_rows_and_pictures_are_completed() {
        let xml = r#"<w:tr><w:trPr><w:cantSplit /></w:trPr></w:tr><wp:docPr id="1" name="Figure" /><wp:docPr id="1" name="Figure" />"#;
        let alternatives = ["a \"b\"".to_owned(), String::new()];
        assert_eq!(
            in_schema_order(
                xml,
                &Additions {
                    alternatives: &alternatives,
                    first_picture: 5,
                }
            ),
            r#"<w:tr><w:trPr><w:cantSplit /><w:tblHeader/></w:trPr></w:tr><wp:docPr id="5" name="Picture 5" descr="a &quot;b&quot;"/><wp:docPr id="6" name="Picture 6" descr=""/>"#
        );
    }
}
