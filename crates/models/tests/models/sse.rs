use carrel_models::sse::{Parser, ServerEvent};
use proptest::prelude::*;

/// Lines as servers send them, and as they don't.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        "data: [a-zé世🎓:]{0,12}",
        "data:[ a-z]{0,5}",
        "event: [a-z]{1,5}",
        "(id|retry|other): [a-z0-9]{0,5}",
        ":[ a-z]{0,5}",
        "data",
        "",
        "",
    ];
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
    let lines = prop::collection::vec((line, end), 0..40);
    let garbage = prop::collection::vec(any::<u8>(), 0..20);
    (lines, garbage, any::<bool>()).prop_map(|(lines, garbage, marked)| {
        let mut bytes = Vec::new();
        if marked {
            bytes.extend("\u{feff}".as_bytes());
        }
        for (line, end) in lines {
            bytes.extend(line.as_bytes());
            bytes.extend(end.as_bytes());
        }
        bytes.extend(garbage);
        bytes
    })
}

fn parse<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<ServerEvent>, Option<ServerEvent>) {
    let mut parser = Parser::new();
    let mut events = Vec::new();
    for chunk in chunks {
        parser.feed(chunk, &mut events).expect("small events");
    }
    (events, parser.finish())
}

proptest! {
    #[test]
    fn the_events_do_not_depend_on_where_the_chunks_end(
        bytes in stream(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let whole = parse(std::iter::once(&bytes[..]));
        let single = parse(bytes.chunks(1));
        prop_assert_eq!(&whole, &single);

        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let cut = parse(cuts.windows(2).map(|range| &bytes[range[0]..range[1]]));
        prop_assert_eq!(&whole, &cut);
    }
}
