//! Refining without a model: text can only be shortened, by leaving sentences out. Each paragraph is shortened by
//! itself; headings, lists, tables, the sources named under quotes, and short paragraphs stay as they are.

use carrel_formats::markdown;
use carrel_formats::tree::{Block, DocumentTree, plain_text};
use carrel_inference::{Grounding, Passage, Task, Writer};

use super::proposing::Plan;
use crate::Error;
use crate::drafting::request;

/// Bytes below which a paragraph is left alone, unless it is all that was selected.
const SHORT: usize = 200;

/// The selected blocks, shortened.
pub(super) async fn condense(
    plan: &Plan,
    writer: &Writer,
    mut selected: Vec<Block>,
) -> Result<Vec<Block>, Error> {
    let alone = selected.len() == 1;
    let mut paragraphs = Vec::new();
    collect(&mut selected, &mut paragraphs);
    for paragraph in paragraphs {
        let text = plain_text(std::slice::from_ref(paragraph));
        if text.starts_with('\u{2014}') || (text.len() < SHORT && !alone) {
            continue;
        }
        let mut request = request("", plan.prompt.clone());
        request.grounding = Some(Grounding {
            task: Task::Condense,
            passages: vec![Passage {
                source: plan.title.clone(),
                page: None,
                text: markdown::write(&DocumentTree {
                    content: vec![paragraph.clone()],
                }),
            }],
        });
        let answer = writer.call(&plan.model, request, false).await?;
        let shorter = markdown::parse(&answer.text).content;
        if let Some(shorter @ Block::Paragraph { .. }) = shorter.into_iter().next() {
            *paragraph = shorter;
        }
    }
    Ok(selected)
}

fn collect<'a>(blocks: &'a mut [Block], paragraphs: &mut Vec<&'a mut Block>) {
    for block in blocks {
        match block {
            Block::Paragraph { .. } => paragraphs.push(block),
            Block::Blockquote(content) => collect(content, paragraphs),
            _ => {}
        }
    }
}
