//! Why a file gave no text.

use carrel_sandbox::jail::JailError;
use serde::{Deserialize, Serialize};

/// Why a file could not be read. Each sentence is for the person who uploaded it.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// Nothing in it, or only white space.
    #[error("the file is empty")]
    Empty,
    /// Pages or pictures without a word on them.
    #[error("no text was found in the file")]
    NoText,
    /// A kind of file that is not read here.
    #[error("this kind of file is not supported ({detected})")]
    Unsupported { detected: String },
    /// Opens only with a password.
    #[error("the file is protected with a password; remove the protection and upload it again")]
    Encrypted,
    /// Damaged, cut off, or not what it claims to be.
    #[error("the file is damaged: {what}")]
    Corrupt { what: String },
    /// Larger than allowed.
    #[error("the file has {} MB, the limit is {} MB", size.div_ceil(1 << 20), limit >> 20)]
    TooLarge { size: u64, limit: u64 },
    /// More pages than allowed.
    #[error("the file has {pages} pages, the limit is {limit}")]
    TooManyPages { pages: u32, limit: u32 },
    /// Unpacks to far more than a document does.
    #[error("the file unpacks to more than a document can hold ({what})")]
    ArchiveBomb { what: String },
    /// The antivirus test signature.
    #[error("the file is the EICAR antivirus test file")]
    Malware,
    /// Parsing took longer than allowed.
    #[error("reading the file took too long")]
    TimedOut,
    /// Parsing needed more memory than allowed.
    #[error("reading the file needs more memory than is allowed")]
    OutOfMemory,
    /// The parser died of the file.
    #[error("the file made its reader fail; it may be damaged")]
    Crashed,
    /// More text than allowed.
    #[error("the file has more text than the limit of {} MB", limit / 1_000_000)]
    OutputTooLarge { limit: u64 },
    /// The system lacks what keeps parsers apart.
    #[error("files cannot be read safely on this system: {reason}")]
    IsolationUnavailable { reason: String },
    /// Text recognition failed on every page that needed it.
    #[error("text recognition failed: {reason}")]
    Ocr { reason: String },
    /// The machine failed, not the file.
    #[error("the file could not be read from storage")]
    Io(#[from] std::io::Error),
}

impl ExtractError {
    /// The stable name of the failure in the API.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "file_empty",
            Self::NoText => "no_text_found",
            Self::Unsupported { .. } => "file_type_unsupported",
            Self::Encrypted => "file_encrypted",
            Self::Corrupt { .. } => "file_corrupt",
            Self::TooLarge { .. } => "file_too_large",
            Self::TooManyPages { .. } => "too_many_pages",
            Self::ArchiveBomb { .. } => "archive_bomb",
            Self::Malware => "malware_test_file",
            Self::TimedOut => "extraction_timed_out",
            Self::OutOfMemory => "extraction_out_of_memory",
            Self::Crashed => "extraction_crashed",
            Self::OutputTooLarge { .. } => "text_too_large",
            Self::IsolationUnavailable { .. } => "isolation_unavailable",
            Self::Ocr { .. } => "ocr_failed",
            Self::Io(_) => "storage_unavailable",
        }
    }

    /// Whether the same file may well be read at another time: the machine was busy or broken, not the file.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::TimedOut
            | Self::OutOfMemory
            | Self::Crashed
            | Self::IsolationUnavailable { .. }
            | Self::Ocr { .. }
            | Self::Io(_) => true,
            Self::Empty
            | Self::NoText
            | Self::Unsupported { .. }
            | Self::Encrypted
            | Self::Corrupt { .. }
            | Self::TooLarge { .. }
            | Self::TooManyPages { .. }
            | Self::ArchiveBomb { .. }
            | Self::Malware
            | Self::OutputTooLarge { .. } => false,
        }
    }
}

impl From<JailError> for ExtractError {
    fn from(error: JailError) -> Self {
        match error {
            JailError::IsolationUnavailable { reason } => Self::IsolationUnavailable { reason },
            JailError::OutOfMemory { .. } => Self::OutOfMemory,
            JailError::StackOverflow => Self::Corrupt {
                what: "it is nested too deeply".to_owned(),
            },
            JailError::CpuTime { .. } | JailError::WallClock { .. } => Self::TimedOut,
            JailError::OutputTooLarge { limit_bytes } => Self::OutputTooLarge {
                limit: limit_bytes as u64,
            },
            JailError::ForbiddenCall | JailError::Signalled { .. } | JailError::Failed { .. } => {
                Self::Crashed
            }
            JailError::Spawn(error) | JailError::Io(error) => Self::Io(error),
        }
    }
}

/// What a parser in the jail finds wrong with a file; the part of [`ExtractError`] that travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Refusal {
    Empty,
    NoText,
    Unsupported { detected: String },
    Encrypted,
    Corrupt { what: String },
    TooLarge { size: u64, limit: u64 },
    TooManyPages { pages: u32, limit: u32 },
    ArchiveBomb { what: String },
    Malware,
    TooMuchText,
}

impl Refusal {
    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }
}

impl From<crate::extraction::TooMuchText> for Refusal {
    fn from(_: crate::extraction::TooMuchText) -> Self {
        Self::TooMuchText
    }
}

impl From<Refusal> for ExtractError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Empty => Self::Empty,
            Refusal::NoText => Self::NoText,
            Refusal::Unsupported { detected } => Self::Unsupported { detected },
            Refusal::Encrypted => Self::Encrypted,
            Refusal::Corrupt { what } => Self::Corrupt { what },
            Refusal::TooLarge { size, limit } => Self::TooLarge { size, limit },
            Refusal::TooManyPages { pages, limit } => Self::TooManyPages { pages, limit },
            Refusal::ArchiveBomb { what } => Self::ArchiveBomb { what },
            Refusal::Malware => Self::Malware,
            Refusal::TooMuchText => Self::OutputTooLarge {
                limit: crate::extraction::BlockWriter::LIMIT_BYTES as u64,
            },
        }
    }
}
