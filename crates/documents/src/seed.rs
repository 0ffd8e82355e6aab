//! What a new workspace starts with: templates for everyone; and, on request, sample documents and prompts.

use carrel_platform::Timestamp;
use carrel_platform::auth::{Actor, Permission};
use carrel_platform::web::Problem;
use serde::Serialize;
use sqlx::types::Json;

use crate::prompts::PromptInput;
use crate::store::templates::{self as store, TemplateRow};
use crate::templates::{
    Letterhead, TemplateContent, TemplateId, TemplateScope, TemplateVariable, VariableKind,
};
use crate::uploads::{IngestRequest, UploadUrlRequest};
use crate::{Documents, Error};

/// What was put into the workspace.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Seeded {
    /// Documents.
    pub documents: usize,
    /// Templates.
    pub templates: usize,
    /// Saved prompts.
    pub prompts: usize,
}

struct Starter {
    name: &'static str,
    description: &'static str,
    body: &'static str,
    /// Name, label, kind, whether required, default.
    variables: &'static [(&'static str, &'static str, VariableKind, bool, &'static str)],
}

const STARTERS: [Starter; 5] = [
    Starter {
        name: "Summary",
        description: "What a long document says, on a page or two.",
        body: include_str!("../seed/summary.md"),
        variables: &[(
            "audience",
            "Who is it for?",
            VariableKind::Text,
            false,
            "someone who has not read the source",
        )],
    },
    Starter {
        name: "Report",
        description: "Findings with their background, and what follows from them.",
        body: include_str!("../seed/report.md"),
        variables: &[
            (
                "subject",
                "What is the report about?",
                VariableKind::Text,
                false,
                "the matter described in the source",
            ),
            (
                "recipient",
                "Who receives it?",
                VariableKind::Text,
                false,
                "the reader",
            ),
        ],
    },
    Starter {
        name: "Letter",
        description: "A formal letter that rests on a document.",
        body: include_str!("../seed/letter.md"),
        variables: &[
            ("recipient", "To whom?", VariableKind::LongText, true, ""),
            (
                "purpose",
                "What should the letter achieve?",
                VariableKind::LongText,
                true,
                "",
            ),
            ("date", "Date", VariableKind::Date, false, ""),
        ],
    },
    Starter {
        name: "Minutes",
        description: "Decisions and tasks from notes or a transcript.",
        body: include_str!("../seed/minutes.md"),
        variables: &[(
            "meeting",
            "Which meeting?",
            VariableKind::Text,
            false,
            "the meeting",
        )],
    },
    Starter {
        name: "Lesson plan",
        description: "Goals, course and material of a lesson from a text.",
        body: include_str!("../seed/lesson.md"),
        variables: &[
            (
                "grade",
                "Grade or age",
                VariableKind::Text,
                false,
                "the class",
            ),
            (
                "minutes",
                "Length in minutes",
                VariableKind::Text,
                false,
                "45",
            ),
        ],
    },
];

const SAMPLES: [(&str, &str, &str); 2] = [
    (
        "A short history of the carrel.md",
        "text/markdown",
        include_str!("../seed/sample-carrel.md"),
    ),
    (
        "Minutes of the library committee.txt",
        "text/plain",
        include_str!("../seed/sample-minutes.txt"),
    ),
];

const PROMPTS: [(&str, &str, &[&str]); 4] = [
    (
        "Shorten by half",
        "Shorten this to about half its length. Keep every figure, name and date.",
        &["length"],
    ),
    (
        "Plain language",
        "Rewrite this in plain language for {{reader}}: short sentences, familiar words, no jargon. Explain a technical term where it is needed.",
        &["style"],
    ),
    (
        "More formal",
        "Make this more formal, without making it longer.",
        &["style"],
    ),
    (
        "Translate",
        "Translate this into {{language}}. Keep names, figures and the formatting.",
        &["language"],
    ),
];

impl Documents {
    /// Puts the first templates into a new workspace, once.
    pub async fn seed_templates(&self) -> Result<(), Error> {
        let mut tx = self.0.db.begin().await?;
        if store::seed_once(&mut tx, "starter templates").await? {
            for starter in STARTERS.iter().rev() {
                let now = Timestamp::now();
                let row = TemplateRow {
                    id: TemplateId::new(),
                    owner_id: None,
                    scope: TemplateScope::Global.as_str().to_owned(),
                    name: starter.name.to_owned(),
                    content: Json(starter.content()),
                    version: 1,
                    created_at: now,
                    updated_at: now,
                };
                store::insert(&mut tx, &row).await?;
                store::insert_version(&mut tx, row.id, 1, &row.content, None).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Gives a person sample documents and prompts, through the same way that real ones take.
    pub async fn seed_samples(&self, actor: &Actor) -> Result<Seeded, Error> {
        actor.require(Permission::DocumentsUse)?;
        self.seed_templates().await?;
        for (name, media_type, text) in SAMPLES {
            let size = i64::try_from(text.len()).map_err(Problem::internal)?;
            let upload = UploadUrlRequest {
                content_type: media_type.to_owned(),
                size,
                original_name: name.to_owned(),
            };
            let key = self.upload_url(actor, upload).await?.key;
            self.0.objects.put(&key, text.as_bytes()).await?;
            let ingest = IngestRequest {
                key,
                original_name: name.to_owned(),
                mime: media_type.to_owned(),
                size,
            };
            self.ingest(actor, ingest).await?;
        }
        for (title, content, tags) in PROMPTS {
            let input = PromptInput {
                title: title.to_owned(),
                content: content.to_owned(),
                tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
                shared: false,
            };
            self.create_prompt(actor, input).await?;
        }
        Ok(Seeded {
            documents: SAMPLES.len(),
            templates: STARTERS.len(),
            prompts: PROMPTS.len(),
        })
    }
}

impl Starter {
    fn content(&self) -> TemplateContent {
        let variable =
            |&(name, label, kind, required, default): &(&str, &str, VariableKind, bool, &str)| {
                TemplateVariable {
                    name: name.to_owned(),
                    label: label.to_owned(),
                    kind,
                    required,
                    default: default.to_owned(),
                    options: Vec::new(),
                }
            };
        TemplateContent {
            name: self.name.to_owned(),
            description: self.description.to_owned(),
            body: self.body.to_owned(),
            variables: self.variables.iter().map(variable).collect(),
            letterhead: Letterhead::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_templates_declare_every_variable_they_use() {
        for starter in &STARTERS {
            let content = starter.content();
            for name in crate::variables::names(&content.body) {
                assert!(
                    content.variables.iter().any(|v| v.name == name),
                    "{}: {name}",
                    starter.name
                );
            }
        }
    }
}
