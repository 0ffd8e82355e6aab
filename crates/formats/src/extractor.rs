//! The parent's half of reading a file: asks the jail, asks for OCR where it is needed, puts it together.

use std::ffi::OsString;
use std::fs::File;
use std::io::Seek;
use std::path::PathBuf;

use carrel_sandbox::jail::{Isolation, Jail, JailLimits};

use crate::error::ExtractError;
use crate::extraction::{BlockWriter, Extraction, OcrOutcome, SourceBlock};
use crate::format::extension;
use crate::jailed::{ParseAnswer, RenderAnswer, Request};
use crate::ocr::{self, NotRecognised, Tesseract};
use crate::parse::picture::GreyPicture;

/// Files above this size are refused, in bytes.
pub const MAX_FILE_BYTES: u64 = 50 << 20;

/// How files are read.
#[derive(Debug, Clone)]
pub struct ExtractorConfig {
    /// The program that is run as the jailed child; it must call [`jail_main`](crate::jail_main).
    pub program: PathBuf,
    /// Its arguments before the ones the jail adds.
    pub args: Vec<OsString>,
    /// What a child may use.
    pub limits: JailLimits,
    /// What to do on a kernel without Landlock.
    pub isolation: Isolation,
    /// The largest file read, in bytes.
    pub max_file_bytes: u64,
    /// The `tesseract` program; without it pages that are pictures stay unread and are named.
    pub tesseract: Option<PathBuf>,
    /// Languages of recognition in Tesseract's names (`eng`, `deu`, ...).
    pub ocr_languages: Vec<String>,
}

impl ExtractorConfig {
    /// The usual limits, `tesseract` as found on the `PATH`, English.
    pub fn new(
        program: impl Into<PathBuf>,
        args: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        Self {
            program: program.into(),
            args: args.into_iter().map(Into::into).collect(),
            limits: JailLimits::default(),
            isolation: Isolation::Required,
            max_file_bytes: MAX_FILE_BYTES,
            tesseract: ocr::find("tesseract"),
            ocr_languages: vec!["eng".to_owned()],
        }
    }
}

/// How far reading a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub step: Step,
    /// Pages done in this step.
    pub done: u32,
    /// Pages to do, where that is known.
    pub total: Option<u32>,
}

/// The steps of reading a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The parser is at work.
    Extracting,
    /// Text is being recognised.
    Recognising,
}

/// Reads files of unknown origin. Cheap to clone; holds no state between files.
#[derive(Debug, Clone)]
pub struct Extractor {
    jail: Jail,
    max_file_bytes: u64,
    tesseract: Option<Tesseract>,
}

impl Extractor {
    pub fn new(config: ExtractorConfig) -> Self {
        let languages: Vec<String> = config
            .ocr_languages
            .into_iter()
            .filter(|language| is_language(language))
            .collect();
        let languages = if languages.is_empty() {
            "eng".to_owned()
        } else {
            languages.join("+")
        };
        Self {
            jail: Jail {
                program: config.program,
                args: config.args,
                limits: config.limits,
                isolation: config.isolation,
            },
            max_file_bytes: config.max_file_bytes,
            tesseract: config
                .tesseract
                .map(|program| Tesseract { program, languages }),
        }
    }

    /// Whether pages that are pictures can be read.
    pub fn can_recognise(&self) -> bool {
        self.tesseract.is_some()
    }

    /// Reads the file from its beginning. `name` only tells kinds of plain text apart.
    ///
    /// Takes one processor for as long as it lasts: tens of milliseconds as a rule, at most the limits of the
    /// jail for the file and one minute for each page that is recognised. Dropping the future ends it.
    ///
    /// # Errors
    /// An [`ExtractError`] about this file; see [`ExtractError::is_retryable`].
    pub async fn extract(
        &self,
        file: File,
        name: &str,
        progress: impl Fn(Progress) + Send + Sync,
    ) -> Result<Extraction, ExtractError> {
        let size = file.metadata()?.len();
        if size == 0 {
            return Err(ExtractError::Empty);
        }
        if size > self.max_file_bytes {
            return Err(ExtractError::TooLarge {
                size,
                limit: self.max_file_bytes,
            });
        }
        progress(Progress {
            step: Step::Extracting,
            done: 0,
            total: None,
        });
        let request = Request::Parse {
            extension: extension(name),
            limit_bytes: self.max_file_bytes,
        };
        let answer = self.ask(&file, &request).await?;
        let (mut extraction, pages_without_text) = match understood(&answer)? {
            ParseAnswer::Refused(refusal) => return Err(refusal.into()),
            ParseAnswer::Parsed {
                format,
                title,
                page_count,
                blocks,
                pages_without_text,
                warnings,
            } => {
                let ocr = OcrOutcome::NotNeeded;
                (
                    Extraction {
                        format,
                        title,
                        page_count,
                        blocks,
                        ocr,
                        warnings,
                    },
                    pages_without_text,
                )
            }
        };
        progress(Progress {
            step: Step::Extracting,
            done: extraction.page_count.unwrap_or(1),
            total: extraction.page_count,
        });
        match &self.tesseract {
            _ if pages_without_text.is_empty() => {}
            None => {
                extraction.ocr = OcrOutcome::Needed {
                    pages: pages_without_text,
                }
            }
            Some(tesseract) => {
                self.recognise(
                    tesseract,
                    &file,
                    &mut extraction,
                    &pages_without_text,
                    progress,
                )
                .await?;
            }
        }
        Ok(extraction)
    }

    /// Recognises the text of some pages and puts it in their place.
    async fn recognise(
        &self,
        tesseract: &Tesseract,
        file: &File,
        extraction: &mut Extraction,
        pages: &[u32],
        progress: impl Fn(Progress) + Send + Sync,
    ) -> Result<(), ExtractError> {
        let total = u32::try_from(pages.len()).ok();
        let mut recognised = Vec::new();
        let mut failed = Vec::new();
        let mut why = NotRecognised(String::new());
        for (&page, done) in pages.iter().zip(0_u32..) {
            progress(Progress {
                step: Step::Recognising,
                done,
                total,
            });
            let outcome = match self.render(file, page).await {
                Ok(Some(picture)) => tesseract.recognise(&picture).await.map(Some),
                Ok(None) => Ok(None),
                Err(error @ (ExtractError::IsolationUnavailable { .. } | ExtractError::Io(_))) => {
                    return Err(error);
                }
                Err(error) => Err(NotRecognised(error.to_string())),
            };
            match outcome {
                Ok(Some(paragraphs)) => recognised.push((page, paragraphs)),
                Ok(None) => {}
                Err(reason) => {
                    failed.push(page);
                    why = reason;
                }
            }
        }
        progress(Progress {
            step: Step::Recognising,
            done: total.unwrap_or_default(),
            total,
        });

        let count = u32::try_from(recognised.len()).unwrap_or(u32::MAX);
        let blocks = with_recognised(std::mem::take(&mut extraction.blocks), &recognised)?;
        extraction.blocks = blocks;
        if extraction.blocks.is_empty() {
            return Err(if failed.is_empty() {
                ExtractError::NoText
            } else {
                ExtractError::Ocr { reason: why.0 }
            });
        }
        if !failed.is_empty() {
            let list: Vec<String> = failed.iter().map(u32::to_string).collect();
            extraction.warnings.push(format!(
                "Text recognition failed on these pages: {} ({}).",
                list.join(", "),
                why.0
            ));
        }
        extraction.ocr = match (count, failed.is_empty()) {
            (0, true) => OcrOutcome::NotNeeded,
            (0, false) => OcrOutcome::Needed { pages: failed },
            (pages, _) => OcrOutcome::Done { pages },
        };
        Ok(())
    }

    /// A page as pixels; `None` when there is nothing on it.
    async fn render(&self, file: &File, page: u32) -> Result<Option<GreyPicture>, ExtractError> {
        let answer = self
            .ask(
                file,
                &Request::Render {
                    page,
                    limit_bytes: self.max_file_bytes,
                },
            )
            .await?;
        let head = answer
            .iter()
            .position(|&byte| byte == b'\n')
            .ok_or(ExtractError::Crashed)?;
        match understood(&answer[..head])? {
            RenderAnswer::Blank => Ok(None),
            RenderAnswer::Refused(refusal) => Err(refusal.into()),
            RenderAnswer::Rendered(size) => {
                let pixels = answer[head + 1..].to_vec();
                // The child is not trusted to have counted right.
                let expected = u64::from(size.width) * u64::from(size.height);
                let sound = expected > 0
                    && pixels.len() as u64 == expected
                    && (1..=2400).contains(&size.dots_per_inch);
                if sound {
                    Ok(Some(GreyPicture { size, pixels }))
                } else {
                    Err(ExtractError::Crashed)
                }
            }
        }
    }

    pub(crate) async fn ask(
        &self,
        file: &File,
        request: &Request,
    ) -> Result<Vec<u8>, ExtractError> {
        let request = serde_json::to_string(request)
            .expect("a request of strings and numbers always has a JSON form");
        // The copy shares its position with the original; children run one after the other.
        let mut input = file.try_clone()?;
        input.rewind()?;
        Ok(self.jail.run(&request, input).await?)
    }
}

/// An answer of the child that cannot be understood is a child that was overtaken or died in mid-sentence.
pub(crate) fn understood<'a, T: serde::Deserialize<'a>>(
    answer: &'a [u8],
) -> Result<T, ExtractError> {
    serde_json::from_slice(answer).map_err(|error| {
        tracing::warn!(%error, "the jailed parser's answer is not understood");
        ExtractError::Crashed
    })
}

fn is_language(language: &str) -> bool {
    !language.is_empty()
        && language.len() <= 32
        && language
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Puts the recognised pages among the others, each where it says more than what was there.
fn with_recognised(
    blocks: Vec<SourceBlock>,
    recognised: &[(u32, Vec<Vec<String>>)],
) -> Result<Vec<SourceBlock>, ExtractError> {
    let mut out = BlockWriter::default();
    let mut waiting = recognised.iter().peekable();
    let mut blocks = blocks.into_iter().peekable();
    let text_too_large = |_| ExtractError::from(crate::error::Refusal::TooMuchText);
    loop {
        let next_page = blocks.peek().map(|block| block.page.unwrap_or(0));
        let Some((page, paragraphs)) =
            waiting.next_if(|(page, _)| next_page.is_none_or(|next| *page <= next))
        else {
            let Some(block) = blocks.next() else { break };
            out.push_block(block).map_err(text_too_large)?;
            continue;
        };
        let mut had = Vec::new();
        while let Some(block) = blocks.next_if(|block| block.page == Some(*page)) {
            had.push(block);
        }
        let letters = |text: &str| {
            text.chars()
                .filter(|character| character.is_alphanumeric())
                .count()
        };
        let before: usize = had.iter().map(|block| letters(&block.text)).sum();
        let after: usize = paragraphs.iter().flatten().map(|line| letters(line)).sum();
        if after > before {
            for lines in paragraphs {
                crate::parse::write_recognised(&mut out, lines, *page)
                    .map_err(ExtractError::from)?;
            }
        } else {
            for block in had {
                out.push_block(block).map_err(text_too_large)?;
            }
        }
    }
    Ok(out.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extraction::SourceBlockKind;

    fn block(page: u32, text: &str) -> SourceBlock {
        SourceBlock {
            kind: SourceBlockKind::Paragraph,
            page: Some(page),
            start: 0,
            end: 0,
            text: text.to_owned(),
        }
    }

    #[test]
    fn recognised_pages_stand_in_their_place_and_offsets_follow() {
        let blocks = vec![
            block(1, "one"),
            block(3, "stamp"),
            block(5, "a longer text than the other"),
        ];
        let line = |text: &str| vec![vec![text.to_owned()]];
        let recognised = [
            (2, line("two two")),
            (3, line("three three")),
            (5, line("five")),
            (7, line("seven")),
        ];
        let merged = with_recognised(blocks, &recognised).unwrap();
        let texts: Vec<_> = merged
            .iter()
            .map(|block| (block.page.unwrap(), block.start, block.text.as_str()))
            .collect();
        assert_eq!(
            texts,
            [
                (1, 0, "one"),
                (2, 5, "two two"),
                (3, 14, "three three"),
                (5, 27, "a longer text than the other"),
                (7, 57, "seven"),
            ]
        );
    }
}
