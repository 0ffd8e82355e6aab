//! What a template holds, and each of its versions did: text, variables and a letterhead.

use serde::{Deserialize, Serialize};

/// How a variable is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum VariableKind {
    /// A line.
    Text,
    /// Several lines.
    LongText,
    /// One of the options.
    Select,
    /// A date.
    Date,
}

/// A variable of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TemplateVariable {
    /// Its name in `{{name}}`.
    pub name: String,
    /// What people are asked.
    pub label: String,
    /// How.
    pub kind: VariableKind,
    /// Whether there must be a value.
    pub required: bool,
    /// The value when none is given.
    pub default: String,
    /// The choices of a select.
    pub options: Vec<String>,
}

/// The size of the paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Paper {
    /// 210 mm × 297 mm.
    #[default]
    A4,
    /// 8.5 in × 11 in.
    Letter,
}

/// Millimetres from the edge of the paper, 5 to 80.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Margins {
    /// Above.
    pub top: u16,
    /// To the right.
    pub right: u16,
    /// Below.
    pub bottom: u16,
    /// To the left.
    pub left: u16,
}

/// What every page of an export carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Letterhead {
    /// A picture, `carrel:images/<id>`.
    #[schema(required = true)]
    pub logo: Option<String>,
    /// Text above every page.
    pub header: String,
    /// Text below every page.
    pub footer: String,
    /// Whether pages are numbered.
    pub page_numbers: bool,
    /// The paper.
    pub paper: Paper,
    /// The margins.
    pub margins: Margins,
}

impl Default for Letterhead {
    fn default() -> Self {
        Self {
            logo: None,
            header: String::new(),
            footer: String::new(),
            page_numbers: true,
            paper: Paper::A4,
            margins: Margins {
                top: 25,
                right: 25,
                bottom: 25,
                left: 25,
            },
        }
    }
}

/// What a version of a template holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TemplateContent {
    pub name: String,
    pub description: String,
    pub body: String,
    pub variables: Vec<TemplateVariable>,
    pub letterhead: Letterhead,
}
