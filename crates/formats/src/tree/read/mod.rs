//! Reading the editor's JSON.

mod attributes;
mod depth;
mod error;
mod nodes;
mod pictures;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use self::depth::{MAX_JSON_DEPTH, nests_deeper_than};
use super::{Block, DocumentTree, MAX_DEPTH, MAX_NODES};

pub use self::error::{TreeError, TreeErrorKind};
pub(crate) use self::pictures::inline_image;

impl DocumentTree {
    /// Reads a tree from the editor's JSON and normalises it.
    ///
    /// Attributes Carrel has no use for are ignored, because the editor adds them (`target`, `rel`, `class` …); nodes
    /// and marks it doesn't know are errors, because ignoring them would lose somebody's words. U+0000, which no
    /// database column can hold, is dropped.
    pub fn from_value(value: Value) -> Result<Self, TreeError> {
        let mut reader = Reader::default();
        let mut node = reader.node(value)?;
        if node.kind != "doc" {
            return Err(reader.unknown_node(&node.kind));
        }
        let content = reader.blocks(&mut node)?;
        let mut tree = Self { content };
        tree.normalise();
        Ok(tree)
    }

    /// Reads a tree from JSON text; see [`DocumentTree::from_value`].
    pub fn from_json(json: &str) -> Result<Self, TreeError> {
        let refused = |kind| TreeError {
            path: "doc".into(),
            kind,
        };
        // The JSON reader stops there too, but with an error that doesn't tell this from a missing comma.
        if nests_deeper_than(json, MAX_JSON_DEPTH) {
            return Err(refused(TreeErrorKind::TooDeep));
        }
        let value = serde_json::from_str(json)
            .map_err(|error| refused(TreeErrorKind::Json(error.to_string())))?;
        Self::from_value(value)
    }
}

impl Block {
    /// Reads one block from the editor's JSON, with the rules of [`DocumentTree::from_value`] but without normalising.
    pub fn from_value(value: Value) -> Result<Self, TreeError> {
        let mut reader = Reader::default();
        let node = reader.node(value)?;
        reader.block(node)
    }
}

struct Node {
    kind: String,
    object: Map<String, Value>,
    attrs: Map<String, Value>,
}

#[derive(Clone, Copy)]
enum Step {
    Content(usize),
    Mark(usize),
}

#[derive(Default)]
struct Reader {
    path: Vec<Step>,
    nodes: usize,
    text_bytes: usize,
}

impl Reader {
    fn error(&self, kind: TreeErrorKind) -> TreeError {
        let mut path = String::new();
        for step in &self.path {
            if !path.is_empty() {
                path.push('.');
            }
            let (name, index) = match step {
                Step::Content(index) => ("content", index),
                Step::Mark(index) => ("marks", index),
            };
            path.push_str(name);
            path.push('[');
            path.push_str(&index.to_string());
            path.push(']');
        }
        if path.is_empty() {
            path.push_str("doc");
        }
        TreeError { path, kind }
    }

    fn expected(&self, wanted: &'static str) -> TreeError {
        self.error(TreeErrorKind::Expected { wanted })
    }

    fn unknown_node(&self, found: &str) -> TreeError {
        self.error(TreeErrorKind::UnknownNode {
            found: shortened(found),
        })
    }

    fn attribute(&self, name: &'static str, wanted: &'static str) -> TreeError {
        self.error(TreeErrorKind::Attribute { name, wanted })
    }

    fn node(&mut self, value: Value) -> Result<Node, TreeError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(self.error(TreeErrorKind::TooManyNodes));
        }
        if self.path.len() > MAX_DEPTH {
            return Err(self.error(TreeErrorKind::TooDeep));
        }
        let Value::Object(mut object) = value else {
            return Err(self.expected("a node, that is an object with a type"));
        };
        let Some(Value::String(kind)) = object.remove("type") else {
            return Err(self.expected("a node, that is an object with a type"));
        };
        let attrs = match object.remove("attrs") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(attrs)) => attrs,
            Some(_) => return Err(self.expected("an object as attrs")),
        };
        Ok(Node {
            kind,
            object,
            attrs,
        })
    }

    fn content<T>(
        &mut self,
        node: &mut Node,
        mut read: impl FnMut(&mut Self, Node) -> Result<T, TreeError>,
    ) -> Result<Vec<T>, TreeError> {
        let children = match node.object.remove("content") {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(children)) => children,
            Some(_) => return Err(self.expected("an array as content")),
        };
        let mut read_children = Vec::with_capacity(children.len());
        for (index, child) in children.into_iter().enumerate() {
            self.path.push(Step::Content(index));
            let child = self.node(child)?;
            read_children.push(read(self, child)?);
            self.path.pop();
        }
        Ok(read_children)
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

impl<'de> Deserialize<'de> for DocumentTree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
