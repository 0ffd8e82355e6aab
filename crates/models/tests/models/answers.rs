//! What both adapters promise about a call that goes well.

use carrel_models::{Event, StopReason, Usage, collect};

use crate::server::{Server, Step, streamed};
use crate::wires::{BOTH, Wire, question, read};

#[tokio::test]
async fn a_stream_gives_its_text_its_usage_and_one_stop_at_the_end() {
    for wire in BOTH {
        let body = wire.texts(&["Grü", "ße, ", "世界"]) + &wire.ending();
        let server = Server::start([streamed(&body)]).await;
        let stream = wire.provider(&server).stream(&question()).await;
        let (text, events, error) = read(stream.expect("an answer")).await;
        assert_eq!(text, "Grüße, 世界");
        assert_eq!(error, None);
        assert_eq!(events.last(), Some(&Event::Stop(StopReason::EndTurn)));
        let usage = events.iter().rev().find_map(|event| match event {
            Event::Usage(usage) => Some(*usage),
            _ => None,
        });
        let (cache_write_tokens, reasoning_tokens) = match wire {
            Wire::OpenAi => (0, 2),
            Wire::Anthropic => (3, 0),
        };
        let expected = Usage {
            input_tokens: 30,
            output_tokens: 5,
            cached_input_tokens: 7,
            cache_write_tokens,
            reasoning_tokens,
        };
        assert_eq!(usage, Some(expected), "{wire:?}");
    }
}

#[tokio::test]
async fn an_answer_may_be_cut_into_chunks_anywhere_also_within_a_character() {
    for wire in BOTH {
        let body = wire.texts(&["é世🎓"]) + &wire.ending();
        let mut script = vec![Step::Streaming];
        script.extend(
            body.as_bytes()
                .chunks(1)
                .map(|byte| Step::Chunk(byte.into())),
        );
        script.push(Step::End);
        let server = Server::start([script]).await;
        let stream = wire.provider(&server).stream(&question()).await;
        let answer = collect(stream.expect("an answer")).await.expect("whole");
        assert_eq!(answer.text(), "é世🎓");
        assert_eq!(answer.usage.output_tokens, 5);
    }
}
