//! What a template must be, and what its variables become.

use std::collections::{BTreeMap, HashSet};

use carrel_platform::web::{Code, FieldError, Problem};

use super::{
    Letterhead, Margins, PreviewRequest, TemplateContent, TemplatePreview, TemplateVariable,
    VariableKind,
};
use crate::{Error, variables};

pub(super) const MAX_NAME: usize = 120;
const MAX_BODY: usize = 100_000;
const MAX_VARIABLES: usize = 50;

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

fn unknown(body: &str, declared: &[TemplateVariable]) -> Vec<String> {
    let mut names = variables::names(body);
    names.retain(|name| !declared.iter().any(|variable| &variable.name == name));
    names
}

pub(super) fn check(content: &TemplateContent) -> Result<(), Error> {
    let mut errors = Vec::new();
    let mut refuse =
        |field: &str, code: &str, detail: String| errors.push(FieldError::new(field, code, detail));
    if !(1..=MAX_NAME).contains(&content.name.chars().count()) {
        refuse(
            "name",
            "length",
            format!("a name has 1 to {MAX_NAME} characters"),
        );
    }
    if content.description.chars().count() > 1000 {
        refuse(
            "description",
            "length",
            "a description has at most 1000 characters".into(),
        );
    }
    if content.body.trim().is_empty() || content.body.chars().count() > MAX_BODY {
        refuse(
            "body",
            "length",
            "a template has 1 to 100,000 characters".into(),
        );
    }
    if content.variables.len() > MAX_VARIABLES {
        refuse(
            "variables",
            "length",
            format!("a template has at most {MAX_VARIABLES} variables"),
        );
    }
    let mut seen = HashSet::new();
    for (index, variable) in content.variables.iter().enumerate() {
        let field = format!("variables[{index}].name");
        if !variables::is_name(&variable.name) {
            refuse(
                &field,
                "format",
                format!(
                    "{:?} can't be a variable: use letters, digits and underscores, at most 64",
                    cut(&variable.name)
                ),
            );
        } else if !seen.insert(&variable.name) {
            refuse(
                &field,
                "unique",
                format!("{} is declared twice", variable.name),
            );
        }
        if variable.label.chars().count() > 200
            || variable.default.chars().count() > variables::MAX_VALUE
        {
            refuse(
                &field,
                "length",
                format!(
                    "the label or default of {} is too long",
                    cut(&variable.name)
                ),
            );
        }
        if variable.kind == VariableKind::Select && variable.options.is_empty() {
            refuse(
                &format!("variables[{index}].options"),
                "required",
                format!("{} needs options to choose from", cut(&variable.name)),
            );
        }
        if variable.options.len() > 100 || variable.options.iter().any(|o| o.chars().count() > 200)
        {
            refuse(
                &format!("variables[{index}].options"),
                "length",
                "give at most 100 options of at most 200 characters".into(),
            );
        }
    }
    let Letterhead {
        header,
        footer,
        margins,
        ..
    } = &content.letterhead;
    if header.chars().count() > 1000 || footer.chars().count() > 1000 {
        refuse(
            "letterhead",
            "length",
            "header and footer have at most 1000 characters each".into(),
        );
    }
    let Margins {
        top,
        right,
        bottom,
        left,
    } = *margins;
    if [top, right, bottom, left]
        .iter()
        .any(|mm| !(5..=80).contains(mm))
    {
        refuse(
            "letterhead.margins",
            "range",
            "margins are 5 to 80 mm".into(),
        );
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors).into());
    }
    let unknown = unknown(&content.body, &content.variables);
    if !unknown.is_empty() {
        let errors = unknown
            .iter()
            .map(|name| {
                FieldError::new(
                    "body",
                    "unknown_variable",
                    format!("{{{{{name}}}}} is used but not declared"),
                )
            })
            .collect();
        let detail = format!("declare {}, or correct the text", unknown.join(", "));
        return Err(Problem::new(Code::UnknownVariable, detail)
            .with_errors(errors)
            .into());
    }
    Ok(())
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}
