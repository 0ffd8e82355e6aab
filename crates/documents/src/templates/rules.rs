//! What a template must be.

use std::collections::HashSet;

use carrel_platform::web::{Code, FieldError, Problem};

use super::filling::unknown;
use super::{Letterhead, Margins, TemplateContent, TemplateVariable, VariableKind};
use crate::{Error, variables};

pub(super) const MAX_NAME: usize = 120;
pub(super) const MAX_BODY: usize = 100_000;
const MAX_DESCRIPTION: usize = 1000;
const MAX_VARIABLES: usize = 50;
const MAX_LABEL: usize = 200;
const MAX_OPTIONS: usize = 100;
const MAX_OPTION: usize = 200;
/// Characters of a header and of a footer.
const MAX_LINES: usize = 1000;

/// Checks everything that can be told from the template alone.
///
/// # Errors
/// `validation_failed` with every field that is wrong, else `unknown_variable` with those of the body that are not
/// declared.
pub(super) fn check(content: &TemplateContent) -> Result<(), Error> {
    let mut flaws = Flaws::default();
    check_texts(content, &mut flaws);
    check_variables(&content.variables, &mut flaws);
    check_letterhead(&content.letterhead, &mut flaws);
    if !flaws.0.is_empty() {
        return Err(Problem::invalid(flaws.0).into());
    }
    check_declared(content)
}

#[derive(Default)]
struct Flaws(Vec<FieldError>);

impl Flaws {
    fn add(&mut self, field: &str, code: &str, detail: impl Into<String>) {
        self.0.push(FieldError::new(field, code, detail));
    }
}

fn check_texts(content: &TemplateContent, flaws: &mut Flaws) {
    if !(1..=MAX_NAME).contains(&content.name.chars().count()) {
        flaws.add(
            "name",
            "length",
            format!("a name has 1 to {MAX_NAME} characters"),
        );
    }
    if longer(&content.description, MAX_DESCRIPTION) {
        flaws.add(
            "description",
            "length",
            "a description has at most 1000 characters",
        );
    }
    if content.body.trim().is_empty() || longer(&content.body, MAX_BODY) {
        flaws.add("body", "length", "a template has 1 to 100,000 characters");
    }
}

fn check_variables(declared: &[TemplateVariable], flaws: &mut Flaws) {
    if declared.len() > MAX_VARIABLES {
        flaws.add(
            "variables",
            "length",
            format!("a template has at most {MAX_VARIABLES} variables"),
        );
    }
    let mut seen = HashSet::new();
    for (index, variable) in declared.iter().enumerate() {
        let field = format!("variables[{index}].name");
        let name = cut(&variable.name);
        if !variables::is_name(&variable.name) {
            let detail = format!(
                "{name:?} can't be a variable: use letters, digits and underscores, at most 64"
            );
            flaws.add(&field, "format", detail);
        } else if !seen.insert(&variable.name) {
            flaws.add(&field, "unique", format!("{name} is declared twice"));
        }
        if longer(&variable.label, MAX_LABEL) || longer(&variable.default, variables::MAX_VALUE) {
            let detail = format!("the label or default of {name} is too long");
            flaws.add(&field, "length", detail);
        }
        let field = format!("variables[{index}].options");
        if variable.kind == VariableKind::Select && variable.options.is_empty() {
            let detail = format!("{name} needs options to choose from");
            flaws.add(&field, "required", detail);
        }
        if variable.options.len() > MAX_OPTIONS
            || variable.options.iter().any(|o| longer(o, MAX_OPTION))
        {
            let detail =
                format!("give at most {MAX_OPTIONS} options of at most {MAX_OPTION} characters");
            flaws.add(&field, "length", detail);
        }
    }
}

fn check_letterhead(letterhead: &Letterhead, flaws: &mut Flaws) {
    if longer(&letterhead.header, MAX_LINES) || longer(&letterhead.footer, MAX_LINES) {
        flaws.add(
            "letterhead",
            "length",
            "header and footer have at most 1000 characters each",
        );
    }
    let Margins {
        top,
        right,
        bottom,
        left,
    } = letterhead.margins;
    if [top, right, bottom, left]
        .iter()
        .any(|mm| !(5..=80).contains(mm))
    {
        flaws.add("letterhead.margins", "range", "margins are 5 to 80 mm");
    }
}

fn check_declared(content: &TemplateContent) -> Result<(), Error> {
    let unknown = unknown(&content.body, &content.variables);
    if unknown.is_empty() {
        return Ok(());
    }
    let errors = unknown
        .iter()
        .map(|name| {
            let detail = format!("{{{{{name}}}}} is used but not declared");
            FieldError::new("body", "unknown_variable", detail)
        })
        .collect();
    let detail = format!("declare {}, or correct the text", unknown.join(", "));
    Err(Problem::new(Code::UnknownVariable, detail)
        .with_errors(errors)
        .into())
}

fn longer(text: &str, characters: usize) -> bool {
    text.chars().count() > characters
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}
