//! Attributes of nodes, within their ranges.

use serde_json::Value;

use super::{Node, Reader, TreeError};
use crate::tree::Align;

impl Reader {
    pub(super) fn align(&self, node: &Node) -> Result<Option<Align>, TreeError> {
        match node.attrs.get("textAlign") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(align)) => match align.as_str() {
                "left" | "start" => Ok(Some(Align::Left)),
                "center" => Ok(Some(Align::Center)),
                "right" | "end" => Ok(Some(Align::Right)),
                "justify" => Ok(Some(Align::Justify)),
                _ => Err(self.attribute("textAlign", "left, center, right or justify")),
            },
            Some(_) => Err(self.attribute("textAlign", "left, center, right or justify")),
        }
    }

    pub(super) fn string(
        &self,
        node: &Node,
        name: &'static str,
    ) -> Result<Option<String>, TreeError> {
        match node.attrs.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if name != "src" && text.len() > 16 * 1024 => {
                Err(self.attribute(name, "at most 16 kB long"))
            }
            Some(Value::String(text)) => Ok(Some(text.replace('\0', ""))),
            Some(_) => Err(self.attribute(name, "a string")),
        }
    }

    pub(super) fn number(
        &self,
        node: &Node,
        name: &'static str,
        default: u32,
        least: u32,
        most: u32,
    ) -> Result<u32, TreeError> {
        match node.attrs.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(number) => number
                .as_u64()
                .and_then(|number| u32::try_from(number).ok())
                .filter(|number| (least..=most).contains(number))
                .ok_or_else(|| self.attribute(name, "a whole number within its range")),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "callers check that the number is between 0 and 10000"
)]
pub(super) fn round_to_u32(number: f64) -> u32 {
    number.round() as u32
}
