//! The engine that needs no model: ranks and quotes passages of the given sources, word for word.
//!
//! It writes nothing of its own but headings it was given, source lines, and sentences that say what it does. The same
//! input always gives the same output. The work is pure CPU: [`draft`], [`answer`] and [`condense`] run where the caller
//! calls them; [`crate::Provider::stream`] runs them on Tokio's blocking threads.
//!
//! Words are lower-cased, stemmed (English, German, Spanish, by whichever the sources speak) and stripped of stop words;
//! passages are ranked by BM25 with a bonus for words in the heading above them, and near-duplicates are passed over.

mod compose;
mod condense;
mod index;
mod markdown;
mod stop_words;
mod text;
mod vocabulary;

use futures::stream;
use tokio::sync::mpsc;

pub use self::compose::{Draft, answer, draft};
pub use self::condense::condense;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, EventStream, StopReason, Usage};
use crate::grounding::{Grounding, Task};
use crate::request::ChatRequest;

/// The name under which the engine appears among models.
pub const MODEL: &str = "extractive";

/// Stands first in everything the engine composes.
pub const NOTE: &str = "*No AI model was used. This text quotes the source word for word; nothing in it was written by AI.*";

/// Stands in a section nothing was found for.
pub const NOTHING_FOUND: &str = "No passage of the source speaks to this section.";

/// Sections that may wait for a slow reader.
const AHEAD: usize = 4;

/// Answers a request from its grounding, section by section.
pub(crate) fn stream(request: &ChatRequest) -> Result<EventStream, Error> {
    let Some(grounding) = request.grounding.clone() else {
        return Err(Error::invalid(
            "without a model only quoting from a source is possible, and this request names no source",
        ));
    };
    let (sender, receiver) = mpsc::channel(AHEAD);
    // The task ends by itself: after the last section, or at the first that nobody receives.
    tokio::task::spawn_blocking(move || compose(&grounding, &sender));
    Ok(EventStream::new(stream::unfold(
        (receiver, false),
        |(mut receiver, stopped)| async move {
            match receiver.recv().await {
                Some(event) => {
                    let stops = matches!(event, Event::Stop(_));
                    Some((Ok(event), (receiver, stops)))
                }
                None if stopped => None,
                // The thread has gone without a word, which only a panic does.
                None => Some((Err(Error::new(ErrorKind::Upstream)), (receiver, true))),
            }
        },
    )))
}

fn compose(grounding: &Grounding, sender: &mpsc::Sender<Event>) {
    let passages = &grounding.passages;
    let say = |text: String| sender.blocking_send(Event::Text(text)).is_ok();
    let heard = match &grounding.task {
        Task::Draft { outline } => draft(outline, passages).all(say),
        Task::Answer { question } => say(answer(question, passages)),
        Task::Condense => say(condense(passages)),
    };
    if heard {
        // A send that fails only means that the reader has left.
        let _ = sender.blocking_send(Event::Usage(Usage::default()));
        let _ = sender.blocking_send(Event::Stop(StopReason::EndTurn));
    }
}
