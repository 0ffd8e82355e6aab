//! What happens inside the jail: one request, one answer.

use std::io::Read;

use carrel_sandbox::jail::confined;
use serde::{Deserialize, Serialize};

use crate::error::Refusal;
use crate::extraction::SourceBlock;
use crate::format::{Format, identify};
use crate::parse::picture::{GreyPicture, GreySize};
use crate::parse::{self, Parsed};

/// What the parent asks; travels as the child's last argument, so it holds nothing private.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "camelCase")]
pub(crate) enum Request {
    /// Say what the file is and give its blocks.
    Parse { extension: String, limit_bytes: u64 },
    /// Give a page (1-based) as grey pixels: a [`RenderAnswer`] as a line of JSON, then the pixels.
    Render { page: u32, limit_bytes: u64 },
    /// Decode a picture and encode it anew: a [`PictureAnswer`] as a line of JSON, then the encoded bytes.
    Picture { limit_bytes: u64 },
}

/// The answer to [`Request::Parse`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum ParseAnswer {
    Parsed {
        format: Format,
        title: Option<String>,
        page_count: Option<u32>,
        blocks: Vec<SourceBlock>,
        pages_without_text: Vec<u32>,
        warnings: Vec<String>,
    },
    Refused(Refusal),
}

/// The head of the answer to [`Request::Render`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum RenderAnswer {
    Rendered(GreySize),
    /// There is nothing on the page.
    Blank,
    Refused(Refusal),
}

/// The head of the answer to [`Request::Picture`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum PictureAnswer {
    Encoded {
        photograph: bool,
        width: u32,
        height: u32,
    },
    Refused(Refusal),
}

/// The `main` of the jailed child: takes every right from the process, reads the file from standard input,
/// answers on standard output, exits.
pub fn jail_main() -> ! {
    confined(|request| match serde_json::from_str(&request) {
        Ok(Request::Parse {
            extension,
            limit_bytes,
        }) => answer_parse(&extension, limit_bytes),
        Ok(Request::Picture { limit_bytes }) => answer_picture(limit_bytes),
        Ok(Request::Render { page, limit_bytes }) => answer_render(page, limit_bytes),
        // The exit code of a panic is what a child that does not understand its parent deserves.
        Err(error) => panic!("the request is not understood: {error}"),
    })
}

fn answer_parse(extension: &str, limit_bytes: u64) -> Vec<u8> {
    let outcome = read_input(limit_bytes).and_then(|bytes| parse::parse(&bytes, extension));
    let answer = match outcome {
        Ok((format, parsed)) => {
            let Parsed {
                title,
                page_count,
                blocks,
                pages_without_text,
                warnings,
            } = parsed;
            ParseAnswer::Parsed {
                format,
                title,
                page_count,
                blocks,
                pages_without_text,
                warnings,
            }
        }
        Err(refusal) => ParseAnswer::Refused(refusal),
    };
    json(&answer)
}

fn answer_render(page: u32, limit_bytes: u64) -> Vec<u8> {
    let rendered = read_input(limit_bytes).and_then(|bytes| {
        let format = identify(&bytes, "")?;
        match format {
            Format::Pdf => parse::render_page(&bytes, page),
            _ => parse::picture::grey(&bytes, format),
        }
    });
    let (head, pixels) = match rendered {
        Ok(picture) if picture.is_blank() => (RenderAnswer::Blank, Vec::new()),
        Ok(GreyPicture { size, pixels }) => (RenderAnswer::Rendered(size), pixels),
        Err(refusal) => (RenderAnswer::Refused(refusal), Vec::new()),
    };
    with_head(&head, &pixels)
}

fn answer_picture(limit_bytes: u64) -> Vec<u8> {
    match read_input(limit_bytes).and_then(|bytes| parse::picture::encode_anew(&bytes)) {
        Ok(encoded) => with_head(
            &PictureAnswer::Encoded {
                photograph: encoded.photograph,
                width: encoded.width,
                height: encoded.height,
            },
            &encoded.bytes,
        ),
        Err(refusal) => with_head(&PictureAnswer::Refused(refusal), &[]),
    }
}

fn with_head(head: &impl Serialize, body: &[u8]) -> Vec<u8> {
    let mut answer = json(head);
    answer.push(b'\n');
    answer.extend_from_slice(body);
    answer
}

fn read_input(limit_bytes: u64) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let read = std::io::stdin()
        .lock()
        .take(limit_bytes + 1)
        .read_to_end(&mut bytes);
    if read.is_err() {
        return Err(Refusal::corrupt("it cannot be read to its end"));
    }
    let size = bytes.len() as u64;
    if size > limit_bytes {
        return Err(Refusal::TooLarge {
            size,
            limit: limit_bytes,
        });
    }
    Ok(bytes)
}

fn json(answer: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(answer).expect("strings, numbers and lists of them always have a JSON form")
}
