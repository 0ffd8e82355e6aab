//! How lists are numbered: each list is an instance of its own, so that it begins anew wherever it stands.

use std::collections::HashMap;

use docx_rs::{
    AbstractNumbering, Level, LevelJc, LevelOverride, LevelText, NumberFormat, Numbering, RunFonts,
    SpecialIndentType, Start,
};

use super::styles::{SERIF, twips};
use crate::export::measures::{LIST_INDENT, MUTED, hex};

/// How lists are numbered. Number 1 of both kinds is the library's own.
#[derive(Default)]
pub struct Numberings {
    pub abstracts: Vec<AbstractNumbering>,
    pub instances: Vec<Numbering>,
    /// The abstract numbering of ordered lists that lie in so many bulleted ones.
    ordered: HashMap<usize, usize>,
    /// The abstract numbering of bulleted lists that lie in so many ordered ones.
    bullets: HashMap<usize, usize>,
}

impl Numberings {
    /// A bulleted list of its own, within so many ordered ones.
    pub fn bullet_list(&mut self, ordered: usize) -> usize {
        let shape = if let Some(shape) = self.bullets.get(&ordered) {
            *shape
        } else {
            let shape = self.add_shape(|level| {
                let bullet = ["•", "–", "·"][level.saturating_sub(ordered) % 3];
                ("bullet", bullet.to_owned())
            });
            self.bullets.insert(ordered, shape);
            shape
        };
        self.add_instance(shape, None)
    }

    /// A numbered list of its own, so that it begins at `start` wherever it stands.
    pub fn ordered_list(&mut self, level: usize, ordered: usize, start: u32) -> usize {
        let unordered = level.saturating_sub(ordered);
        let shape = if let Some(shape) = self.ordered.get(&unordered) {
            *shape
        } else {
            let shape = self.add_shape(|level| {
                let formats = ["decimal", "lowerLetter", "lowerRoman"];
                let format = formats[level.saturating_sub(unordered) % 3];
                (format, format!("%{}.", level + 1))
            });
            self.ordered.insert(unordered, shape);
            shape
        };
        self.add_instance(shape, Some((level, start)))
    }

    fn add_shape(&mut self, marker: impl Fn(usize) -> (&'static str, String)) -> usize {
        let number = self.abstracts.len() + 2;
        let mut shape = AbstractNumbering::new(number);
        for level in 0..9 {
            let (format, text) = marker(level);
            #[expect(clippy::cast_precision_loss, reason = "nine levels")]
            let left = twips(LIST_INDENT * (level + 1) as f32);
            shape = shape.add_level(
                Level::new(
                    level,
                    Start::new(1),
                    NumberFormat::new(format),
                    LevelText::new(text),
                    LevelJc::new("left"),
                )
                .indent(
                    Some(left),
                    Some(SpecialIndentType::Hanging(twips(LIST_INDENT))),
                    None,
                    None,
                )
                .fonts(RunFonts::new().ascii(SERIF).hi_ansi(SERIF))
                .color(hex(MUTED)),
            );
        }
        self.abstracts.push(shape);
        number
    }

    fn add_instance(&mut self, shape: usize, start: Option<(usize, u32)>) -> usize {
        let number = self.instances.len() + 2;
        let mut instance = Numbering::new(number, shape);
        if let Some((level, start)) = start {
            instance =
                instance.add_override(LevelOverride::new(level).start(start.min(32_767) as usize));
        }
        self.instances.push(instance);
        number
    }
}
