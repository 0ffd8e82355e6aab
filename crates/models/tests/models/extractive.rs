use carrel_models::extractive::{MODEL, NOTE, NOTHING_FOUND, answer, condense, draft};
use carrel_models::{
    ChatRequest, Connections, ErrorKind, Event, Grounding, Passage, Provider, ProviderConfig,
    ProviderKind, Section, StopReason, Task, collect,
};
use futures::StreamExt;
use proptest::prelude::*;

const PLAN: &str = "\
School development plan

Riverside Primary serves 412 pupils from three neighbourhoods. This plan sets out what the school wants to reach \
in the next three years, who answers for it, and how much it will cost.

Reading

In the spring test 38 percent of the pupils in grade three read below the expected level. The school will hire two \
reading teachers and open the library every afternoon until four o'clock.

Every class reads aloud for twenty minutes a day. Parents receive a list of books in their own language, and \
volunteers read with children who have nobody to read with at home.

Budget

The programme costs 184,000 euros over three years. The district pays 120,000 euros, the parents' association \
pays 24,000 euros, and the rest comes from the school's own budget.

Salaries of the two reading teachers are the largest part of the costs, at 150,000 euros. Books and furniture for \
the library cost 34,000 euros.

Safety of the building

The roof of the gym leaks and must be repaired before the winter. Until then the gym stays closed on rainy days, and \
sports lessons take place in the hall of the neighbouring school.

Evaluation

The school tests reading twice a year and publishes the results. If fewer than 80 percent of the pupils reach the \
expected level after two years, the plan is revised together with the district.";

fn passages() -> Vec<Passage> {
    PLAN.split("\n\n")
        .enumerate()
        .map(|(number, text)| Passage {
            source: "Plan 2025".into(),
            page: u32::try_from(number / 4).ok().map(|page| page + 1),
            text: text.into(),
        })
        .collect()
}

fn section(heading: &str, level: u8, guidance: &str) -> Section {
    Section {
        heading: heading.into(),
        level,
        guidance: guidance.into(),
    }
}

fn drafted(outline: &[Section], passages: &[Passage]) -> String {
    draft(outline, passages).collect()
}

/// What stands under a heading.
fn under<'a>(document: &'a str, heading: &str) -> &'a str {
    let begin = document.find(heading).expect(heading) + heading.len();
    let rest = &document[begin..];
    &rest[..rest.find("\n#").unwrap_or(rest.len())]
}

/// The quoted text, without Markdown.
fn quoted(document: &str) -> Vec<String> {
    let mut quotes = Vec::new();
    let mut paragraph = String::new();
    for line in document.lines() {
        match line.strip_prefix('>').map(str::trim) {
            Some(line) if !line.is_empty() => {
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                let mut characters = line.chars();
                while let Some(character) = characters.next() {
                    paragraph.extend(match character {
                        '\\' => characters.next(),
                        other => Some(other),
                    });
                }
            }
            _ => {
                if !paragraph.is_empty() && !paragraph.starts_with('—') {
                    quotes.push(std::mem::take(&mut paragraph));
                }
                paragraph.clear();
            }
        }
    }
    quotes
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_section_quotes_the_passages_that_speak_to_it() {
    let outline = [
        section(
            "Costs and budget",
            2,
            "State what the plan costs and who pays.",
        ),
        section("Reading", 2, ""),
        section("Building", 2, "Describe repairs of the roof."),
    ];
    let document = drafted(&outline, &passages());
    let costs = under(&document, "## Costs and budget");
    assert!(
        costs.contains("> The programme costs 184,000 euros"),
        "{document}"
    );
    assert!(!costs.contains("roof"), "{document}");
    assert!(under(&document, "## Reading").contains("Every class reads aloud"));
    let building = under(&document, "## Building");
    assert!(building.contains("> The roof of the gym leaks"));
    assert!(building.contains("> — *Plan 2025*, page 3"), "{document}");
}

#[test]
fn every_document_begins_by_saying_that_no_model_wrote_it() {
    let outline = [section("Budget", 2, "")];
    assert!(drafted(&outline, &passages()).starts_with(&format!("{NOTE}\n\n## Budget")));
    assert!(drafted(&[], &passages()).starts_with(NOTE));
    assert!(drafted(&[], &[]).starts_with(NOTE));
    assert!(answer("What does it cost?", &passages()).starts_with(NOTE));
}

#[test]
fn quotations_are_word_for_word_and_in_the_order_of_the_source() {
    let outline = [
        section("Reading", 2, "Teachers, library, books, tests, results"),
        section("Summary", 2, ""),
    ];
    let document = drafted(&outline, &passages());
    let source = squeezed(PLAN);
    for heading in ["## Reading", "## Summary"] {
        let quotes = quoted(under(&document, heading));
        assert!((1..=4).contains(&quotes.len()), "{document}");
        let places: Vec<_> = quotes
            .iter()
            .map(|quote| {
                source
                    .find(&squeezed(quote))
                    .unwrap_or_else(|| panic!("{quote}"))
            })
            .collect();
        assert!(places.is_sorted(), "{document}");
    }
}

#[test]
fn a_section_nothing_speaks_to_says_so() {
    let outline = [
        section("Cafeteria menu", 2, ""),
        section("Insurance", 2, "Name the insurer and the policy number."),
    ];
    let document = drafted(&outline, &passages());
    for heading in ["## Cafeteria menu", "## Insurance"] {
        assert_eq!(under(&document, heading).trim(), NOTHING_FOUND);
    }
    let document = drafted(&[section("Budget", 2, "")], &[]);
    assert_eq!(under(&document, "## Budget").trim(), NOTHING_FOUND);
}

#[test]
fn the_same_thing_said_twice_is_quoted_once() {
    let mut passages = passages();
    let copies = passages.clone();
    passages.extend(copies.into_iter().map(|passage| Passage {
        source: "Copy of the plan".into(),
        ..passage
    }));
    let document = drafted(&[section("Budget", 2, "costs, salaries")], &passages);
    let quotes = quoted(&document);
    let mut distinct = quotes.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(quotes.len(), distinct.len(), "{document}");
}

#[test]
fn a_passage_is_not_repeated_in_section_after_section() {
    let outline = [
        section("Budget", 2, ""),
        section("Budget of the programme", 2, ""),
        section("Budget and reading", 2, ""),
    ];
    let document = drafted(&outline, &passages());
    let reading = under(&document, "## Budget and reading");
    assert!(!reading.contains("184,000"), "{document}");
}

#[test]
fn a_heading_with_sections_below_it_needs_no_quotation() {
    let outline = [
        section("Report", 1, ""),
        section("Money", 2, ""),
        section("Budget", 3, ""),
    ];
    let document = drafted(&outline, &passages());
    assert_eq!(under(&document, "# Report").trim(), "");
    assert_eq!(under(&document, "## Money").trim(), "");
    assert!(under(&document, "### Budget").contains("184,000"));
}

#[test]
fn without_an_outline_the_key_passages_are_quoted() {
    let document = drafted(&[], &passages());
    let quotes = quoted(under(&document, "## Key passages"));
    assert!((3..=4).contains(&quotes.len()), "{document}");
    assert!(
        quotes[0].starts_with("Riverside Primary serves"),
        "{document}"
    );
}

#[test]
fn a_summary_leads_with_the_begin_and_a_conclusion_with_the_end() {
    let outline = [section("1. Summary", 2, ""), section("Conclusion", 2, "")];
    let document = drafted(&outline, &passages());
    assert!(under(&document, "## 1. Summary").contains("Riverside Primary serves"));
    assert!(under(&document, "## Conclusion").contains("publishes the results"));
}

#[test]
fn german_and_spanish_sources_are_found_by_other_forms_of_their_words() {
    for (texts, heading, expected) in [
        (
            [
                "Die Gemeinde und der Verein haben die Kosten für das neue Dach der Turnhalle berechnet und tragen sie.",
                "Im Frühjahr lesen die Kinder jeden Tag zwanzig Minuten in der Bibliothek, und die Eltern helfen dabei.",
            ],
            "Dächer der Turnhallen",
            "Die Gemeinde",
        ),
        (
            [
                "El distrito y la asociación de padres han calculado los costos del nuevo techo del gimnasio y los pagan.",
                "En la primavera los niños leen cada día veinte minutos en la biblioteca, y los padres ayudan en ello.",
            ],
            "Bibliotecas",
            "En la primavera",
        ),
    ] {
        let passages = texts.map(|text| Passage {
            source: "Quelle".into(),
            page: None,
            text: text.into(),
        });
        let document = drafted(&[section(heading, 2, "")], &passages);
        let quotes = quoted(&document);
        assert_eq!(quotes.len(), 1, "{document}");
        assert!(quotes[0].starts_with(expected), "{document}");
    }
}

#[test]
fn an_answer_quotes_best_first_and_marks_its_sentence() {
    let text = answer("How much does the district pay?", &passages());
    assert!(
        text.contains(
            "**The district pays 120,000 euros, the parents' association pays 24,000 euros"
        ),
        "{text}"
    );
    let text = answer("Who won the football cup?", &passages());
    assert!(text.contains("No passage of the source speaks to this question."));
    assert!(!text.contains('>'));
}

#[test]
fn condensing_keeps_about_half_of_the_sentences_word_for_word() {
    let text = condense(&[Passage {
        source: String::new(),
        page: None,
        text: PLAN.into(),
    }]);
    let share = text.len() * 100 / PLAN.len();
    assert!((30..=60).contains(&share), "{share} %: {text}");
    let source = squeezed(PLAN);
    let mut last = 0;
    for paragraph in text.split("\n\n") {
        for sentence in paragraph.split_inclusive(". ") {
            let at = source
                .find(sentence.trim())
                .unwrap_or_else(|| panic!("{sentence}"));
            assert!(at >= last, "{text}");
            last = at;
        }
    }
    assert!(!text.contains(NOTE));
}

#[test]
fn condensing_keeps_lists_and_headings_in_their_place() {
    let text = "# Camp\nThe camp begins on Monday and ends on Friday, and every child needs these things for it:\n\
        - a water bottle for the camp\n- a sleeping bag for the camp\n- good shoes for the camp\n\n# Empty\n";
    let condensed = condense(&[Passage {
        source: String::new(),
        page: None,
        text: text.into(),
    }]);
    assert!(
        condensed.starts_with("# Camp\n\nThe camp begins"),
        "{condensed}"
    );
    assert!(!condensed.contains("Empty"), "{condensed}");
    let one = Passage {
        source: String::new(),
        page: None,
        text: "Only one sentence.".into(),
    };
    assert_eq!(condense(&[one]), "Only one sentence.");
    assert_eq!(condense(&[]), "");
}

fn provider() -> Provider {
    let config = ProviderConfig::new(ProviderKind::Extractive);
    Provider::new(&config, &Connections::new()).expect("nothing to configure")
}

fn request(task: Task, passages: Vec<Passage>) -> ChatRequest {
    ChatRequest {
        model: MODEL.into(),
        grounding: Some(Grounding { task, passages }),
        ..ChatRequest::default()
    }
}

#[tokio::test]
async fn the_engine_streams_section_by_section_like_any_provider() {
    let outline = vec![section("Budget", 2, ""), section("Reading", 2, "")];
    let expected = drafted(&outline, &passages());
    let request = request(Task::Draft { outline }, passages());
    let stream = provider().stream(&request).await.expect("a stream");
    let events: Vec<Event> = stream.map(|event| event.expect("no error")).collect().await;
    assert_eq!(events.len(), 5);
    let text: String = events
        .iter()
        .filter_map(|event| match event {
            Event::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(text, expected);
    assert!(matches!(events[3], Event::Usage(usage) if usage.output_tokens == 0));
    assert_eq!(events[4], Event::Stop(StopReason::EndTurn));

    let models = provider().models().await.expect("a list");
    assert_eq!(models[0].id, MODEL);
}

#[tokio::test]
async fn every_task_can_be_streamed() {
    let question = "What does it cost?".to_owned();
    for (task, expected) in [
        (Task::Condense, condense(&passages())),
        (
            Task::Answer {
                question: question.clone(),
            },
            answer(&question, &passages()),
        ),
    ] {
        let stream = provider().stream(&request(task, passages())).await;
        let completion = collect(stream.expect("a stream")).await.expect("whole");
        assert_eq!(completion.text(), expected);
    }
}

#[tokio::test]
async fn a_prompt_without_sources_is_refused() {
    let request = ChatRequest {
        model: MODEL.into(),
        ..ChatRequest::default()
    };
    let error = provider()
        .stream(&request)
        .await
        .expect_err("nothing to quote");
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_can_be_drafted_from_answered_from_and_condensed(
        texts in prop::collection::vec("(\\PC|[ .\n#\\-*>0-9])*", 0..6),
        heading in "\\PC{0,20}",
        guidance in "\\PC{0,40}",
    ) {
        let passages: Vec<Passage> = texts
            .iter()
            .map(|text| Passage { source: heading.clone(), page: None, text: text.clone() })
            .collect();
        let outline = [section(&heading, 2, &guidance), section("Summary", 9, "")];
        let once = drafted(&outline, &passages);
        prop_assert!(once.starts_with(NOTE));
        prop_assert_eq!(&once, &drafted(&outline, &passages));
        prop_assert!(drafted(&[], &passages).starts_with(NOTE));
        prop_assert!(answer(&heading, &passages).starts_with(NOTE));
        let condensed = condense(&passages);
        let squeeze = |text: &str| text.split_whitespace().collect::<String>();
        let source = squeeze(&texts.concat());
        prop_assert!(squeeze(&condensed).len() <= source.len());
    }
}
