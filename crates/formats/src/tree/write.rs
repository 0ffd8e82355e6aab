//! Writing the editor's JSON.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Align, Block, DocumentTree, Inline, ListItem, Marks, TableCell, TableRow};

impl DocumentTree {
    /// The tree as the editor's JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_else(|_| unreachable!("all keys are strings"))
    }
}

/// Something with a type and, perhaps, attributes and content.
struct Written<'a, A: Serialize, C: Serialize> {
    kind: &'static str,
    attrs: Option<A>,
    content: &'a [C],
}

impl<A: Serialize, C: Serialize> Serialize for Written<'_, A, C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.kind)?;
        if let Some(attrs) = &self.attrs {
            map.serialize_entry("attrs", attrs)?;
        }
        if !self.content.is_empty() {
            map.serialize_entry("content", self.content)?;
        }
        map.end()
    }
}

fn write<S: Serializer, C: Serialize>(
    serializer: S,
    kind: &'static str,
    attrs: Option<Value>,
    content: &[C],
) -> Result<S::Ok, S::Error> {
    Written {
        kind,
        attrs,
        content,
    }
    .serialize(serializer)
}

fn align_attrs(align: Option<Align>) -> Option<Value> {
    align.map(|align| serde_json::json!({ "textAlign": align.as_str() }))
}

impl Align {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Center => "center",
            Self::Right => "right",
            Self::Justify => "justify",
        }
    }
}

impl Serialize for DocumentTree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("type", "doc")?;
        map.serialize_entry("content", &self.content)?;
        map.end()
    }
}

impl Serialize for Block {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let none: &[Inline] = &[];
        match self {
            Self::Paragraph { align, content } => {
                write(serializer, self.kind(), align_attrs(*align), content)
            }
            Self::Heading {
                level,
                align,
                content,
            } => {
                let mut attrs = serde_json::json!({ "level": level });
                if let Some(align) = align {
                    attrs["textAlign"] = align.as_str().into();
                }
                write(serializer, self.kind(), Some(attrs), content)
            }
            Self::BulletList(items) => write(serializer, self.kind(), None, items),
            Self::OrderedList { start, items } => {
                let attrs = serde_json::json!({ "start": start });
                write(serializer, self.kind(), Some(attrs), items)
            }
            Self::Blockquote(content) => write(serializer, self.kind(), None, content),
            Self::CodeBlock { language, text } => {
                let attrs = serde_json::json!({ "language": language });
                let line = [Inline::text(text.as_str())];
                let content: &[Inline] = if text.is_empty() { none } else { &line };
                write(serializer, self.kind(), Some(attrs), content)
            }
            Self::Table(rows) => write(serializer, self.kind(), None, rows),
            Self::Image(image) => {
                let attrs = serde_json::json!({
                    "src": image.src, "alt": image.alt, "title": image.title, "width": image.width,
                });
                write(serializer, self.kind(), Some(attrs), none)
            }
            Self::HorizontalRule | Self::PageBreak => write(serializer, self.kind(), None, none),
        }
    }
}

impl Serialize for ListItem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(serializer, "listItem", None, &self.content)
    }
}

impl Serialize for TableRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(serializer, "tableRow", None, &self.cells)
    }
}

impl Serialize for TableCell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = if self.header {
            "tableHeader"
        } else {
            "tableCell"
        };
        let attrs = serde_json::json!({
            "colspan": self.colspan, "rowspan": self.rowspan, "colwidth": self.colwidth,
        });
        write(serializer, kind, Some(attrs), &self.content)
    }
}

impl Serialize for Inline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::HardBreak => map.serialize_entry("type", "hardBreak")?,
            Self::Text { text, marks } => {
                map.serialize_entry("type", "text")?;
                if *marks != Marks::default() {
                    map.serialize_entry("marks", marks)?;
                }
                map.serialize_entry("text", text)?;
            }
        }
        map.end()
    }
}

impl Serialize for Marks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        if let Some(href) = &self.link {
            list.serialize_element(
                &serde_json::json!({ "type": "link", "attrs": { "href": href } }),
            )?;
        }
        for (set, kind) in [
            (self.bold, "bold"),
            (self.italic, "italic"),
            (self.underline, "underline"),
            (self.strike, "strike"),
            (self.code, "code"),
        ] {
            if set {
                list.serialize_element(&serde_json::json!({ "type": kind }))?;
            }
        }
        list.end()
    }
}

/// The schema says what every client of the editor knows: a root node; the rules of the nodes are in the guide.
impl utoipa::PartialSchema for DocumentTree {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
        let any_node = ObjectBuilder::new()
            .schema_type(SchemaType::AnyValue)
            .build();
        ObjectBuilder::new()
            .description(Some(
                "A document as TipTap (ProseMirror) JSON. Nodes: paragraph, heading, bulletList, orderedList, listItem, \
                 blockquote, codeBlock, table, tableRow, tableHeader, tableCell, image, horizontalRule, pageBreak, text, \
                 hardBreak. Marks: bold, italic, underline, strike, code, link.",
            ))
            .property(
                "type",
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(["doc"])),
            )
            .required("type")
            .property("content", ArrayBuilder::new().items(any_node))
            .required("content")
            .into()
    }
}

impl utoipa::ToSchema for DocumentTree {}
