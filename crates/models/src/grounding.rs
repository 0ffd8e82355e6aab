/// Given beside the prompt for engines that do not read prose prompts (the extractive engine).
#[derive(Debug, Clone, PartialEq)]
pub struct Grounding {
    pub task: Task,
    /// The sources, in reading order.
    pub passages: Vec<Passage>,
}

/// What is to be done with the passages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Fill the sections of a template. An empty outline asks for the key passages.
    Draft { outline: Vec<Section> },
    /// Shorten the passages to about half.
    Condense,
    /// Find what the passages say about a question.
    Answer { question: String },
}

/// One section of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Plain text.
    pub heading: String,
    /// 1 to 6.
    pub level: u8,
    /// What the template asks to be written here; may be empty.
    pub guidance: String,
}

/// A piece of a source: a block, a page or a chunk. Paragraphs are separated by blank lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The title of the source.
    pub source: String,
    /// The page it stands on, from 1.
    pub page: Option<u32>,
    /// Plain text.
    pub text: String,
}
