//! Variables filled in, for a draft and for a look at the template before it is saved.

use std::collections::BTreeMap;

use carrel_formats::tree::DocumentTree;
use serde::{Deserialize, Serialize};

use super::TemplateVariable;
use super::rules::MAX_BODY;
use crate::{Error, variables};

/// A template to look at before it is saved.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct PreviewRequest {
    /// Markdown.
    pub body: String,
    /// The variables, whose defaults are filled in.
    #[serde(default)]
    pub variables: Vec<TemplateVariable>,
    /// Values of variables.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

/// What a template looks like.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TemplatePreview {
    /// The body as a document.
    pub tree: DocumentTree,
    /// Required variables without a value.
    pub missing: Vec<String>,
    /// Variables of the body that are not declared.
    pub unknown: Vec<String>,
}

/// What a template looks like with these values.
pub(crate) fn preview(request: &PreviewRequest) -> Result<TemplatePreview, Error> {
    if request.body.chars().count() > MAX_BODY {
        return Err(Error::field(
            "body",
            "length",
            "a template has at most 100,000 characters",
        ));
    }
    let values = values(&request.variables, &request.values);
    Ok(TemplatePreview {
        tree: carrel_formats::markdown::parse(&variables::fill(&request.body, &values)),
        missing: missing(&request.variables, &values),
        unknown: unknown(&request.body, &request.variables),
    })
}

/// The given values, and defaults for the rest.
pub(crate) fn values(
    variables: &[TemplateVariable],
    given: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let chosen = variables.iter().filter_map(|variable| {
        let value = given
            .get(&variable.name)
            .map(String::as_str)
            .filter(|v| !v.trim().is_empty());
        let value = value.unwrap_or(&variable.default);
        (!value.is_empty()).then(|| (variable.name.clone(), value.to_owned()))
    });
    chosen.collect()
}

/// Required variables without a value.
pub(crate) fn missing(
    variables: &[TemplateVariable],
    values: &BTreeMap<String, String>,
) -> Vec<String> {
    let without = variables
        .iter()
        .filter(|v| v.required && !values.contains_key(&v.name));
    without.map(|v| v.name.clone()).collect()
}

/// Variables of the body that are not declared.
pub(super) fn unknown(body: &str, declared: &[TemplateVariable]) -> Vec<String> {
    let mut names = variables::names(body);
    names.retain(|name| !declared.iter().any(|variable| &variable.name == name));
    names
}
