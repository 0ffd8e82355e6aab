//! Saved prompts: instructions worth keeping, one's own or shared with everyone. A shared one is changed by its
//! author alone, who may have it open twice: a change is made over the version that was seen, as with templates.

use std::collections::{BTreeMap, HashSet};

use carrel_platform::auth::Actor;
use carrel_platform::web::{Code, FieldError, Page, PageRequest, Problem};
use carrel_platform::{Timestamp, id_type};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::documents::contains_pattern;
use crate::store::prompts::{self as store, PromptRow};
use crate::{Documents, Error, variables};

id_type!(
    /// A saved prompt.
    PromptId
);

const MAX_TITLE: usize = 120;
const MAX_CONTENT: usize = 20_000;

/// A saved prompt.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Prompt {
    /// Its id.
    pub id: PromptId,
    /// Its title.
    pub title: String,
    /// The text, with `{{variables}}`.
    pub content: String,
    /// Tags to find it by.
    pub tags: Vec<String>,
    /// The variables of the text.
    pub variables: Vec<String>,
    /// Whether everyone may use it.
    pub shared: bool,
    /// Whether it is the asker's.
    pub mine: bool,
    /// Who made it.
    #[schema(required = true)]
    pub author_name: Option<String>,
    /// How often it was used.
    pub uses: i64,
    /// Counts every change, from 1; also the ETag.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A prompt as it is entered.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct PromptInput {
    /// 1 to 120 characters.
    pub title: String,
    /// 1 to 20,000 characters.
    pub content: String,
    /// At most 20 of at most 40 characters.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Whether everyone may use it.
    #[serde(default)]
    pub shared: bool,
}

impl Documents {
    pub(crate) async fn prompts(
        &self,
        actor: &Actor,
        q: Option<&str>,
        page: &PageRequest,
    ) -> Result<Page<Prompt>, Error> {
        let limit = page.limit();
        let pattern = q.and_then(contains_pattern);
        let rows = store::list(
            &self.0.db,
            actor.user,
            pattern.as_deref(),
            page.after()?,
            limit + 1,
        )
        .await?;
        let rows = Page::cut(rows, limit, |row| row.id);
        let owners: Vec<_> = rows.items.iter().map(|row| row.owner_id).collect();
        let names = self.0.people.names(&owners).await?;
        Ok(rows.map(|row| {
            let author = names.get(&row.owner_id).cloned();
            view(actor, row, author)
        }))
    }

    pub(crate) async fn prompt(&self, actor: &Actor, id: PromptId) -> Result<Prompt, Error> {
        let row = self.usable_prompt(actor, id).await?;
        self.shown_prompt(actor, row).await
    }

    pub(crate) async fn create_prompt(
        &self,
        actor: &Actor,
        input: PromptInput,
    ) -> Result<Prompt, Error> {
        let input = checked(input)?;
        let now = Timestamp::now();
        let row = PromptRow {
            id: PromptId::new(),
            owner_id: actor.user,
            title: input.title,
            body: input.content,
            tags: Json(input.tags),
            shared: input.shared,
            uses: 0,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        store::insert(&self.0.db, &row).await?;
        self.shown_prompt(actor, row).await
    }

    /// Replaces version `expected`.
    pub(crate) async fn replace_prompt(
        &self,
        actor: &Actor,
        id: PromptId,
        expected: i64,
        input: PromptInput,
    ) -> Result<Prompt, Error> {
        let mut row = self.own_prompt(actor, id).await?;
        let input = checked(input)?;
        row.title = input.title;
        row.body = input.content;
        row.tags = Json(input.tags);
        row.shared = input.shared;
        row.version = expected + 1;
        row.updated_at = Timestamp::now();
        if !store::replace(&self.0.db, &row, expected).await? {
            let current = self.own_prompt(actor, id).await?.version;
            return Err(Error::VersionConflict {
                what: "prompt",
                current,
            });
        }
        self.shown_prompt(actor, row).await
    }

    pub(crate) async fn delete_prompt(&self, actor: &Actor, id: PromptId) -> Result<(), Error> {
        self.own_prompt(actor, id).await?;
        store::delete(&self.0.db, id).await?;
        Ok(())
    }

    /// The text of a prompt with its variables filled, counted as used.
    pub(crate) async fn use_prompt(
        &self,
        actor: &Actor,
        id: PromptId,
        values: &BTreeMap<String, String>,
    ) -> Result<String, Error> {
        let row = self.usable_prompt(actor, id).await?;
        let missing: Vec<_> = variables::names(&row.body)
            .into_iter()
            .filter(|name| values.get(name).is_none_or(|value| value.trim().is_empty()))
            .collect();
        if !missing.is_empty() {
            return Err(variables_missing(&missing));
        }
        store::count_use(&self.0.db, id).await?;
        Ok(variables::fill(&row.body, values))
    }

    async fn shown_prompt(&self, actor: &Actor, row: PromptRow) -> Result<Prompt, Error> {
        let names = self.0.people.names(&[row.owner_id]).await?;
        let author = names.get(&row.owner_id).cloned();
        Ok(view(actor, row, author))
    }

    async fn usable_prompt(&self, actor: &Actor, id: PromptId) -> Result<PromptRow, Error> {
        store::get(&self.0.db, id)
            .await?
            .filter(|row| row.shared || row.owner_id == actor.user)
            .ok_or_else(|| Error::not_found("prompt"))
    }

    async fn own_prompt(&self, actor: &Actor, id: PromptId) -> Result<PromptRow, Error> {
        let row = self.usable_prompt(actor, id).await?;
        if row.owner_id != actor.user {
            return Err(Error::new(
                Code::Forbidden,
                "only its author can change a shared prompt; save a copy of your own",
            ));
        }
        Ok(row)
    }
}

/// Variables that need a value.
pub(crate) fn variables_missing(names: &[String]) -> Error {
    let errors = names
        .iter()
        .map(|name| {
            FieldError::new(
                &format!("variables.{name}"),
                "required",
                format!("{name} needs a value"),
            )
        })
        .collect();
    Problem::new(
        Code::VariableMissing,
        format!("give a value for {}", names.join(", ")),
    )
    .with_errors(errors)
    .into()
}

fn checked(mut input: PromptInput) -> Result<PromptInput, Error> {
    input.title = input.title.trim().into();
    let mut seen = HashSet::new();
    input.tags = input
        .tags
        .iter()
        .map(|tag| tag.trim().to_owned())
        .filter(|tag| !tag.is_empty() && seen.insert(tag.clone()))
        .collect();
    let mut errors = Vec::new();
    if !(1..=MAX_TITLE).contains(&input.title.chars().count()) {
        errors.push(FieldError::new(
            "title",
            "length",
            format!("a title has 1 to {MAX_TITLE} characters"),
        ));
    }
    if input.content.trim().is_empty() || input.content.chars().count() > MAX_CONTENT {
        errors.push(FieldError::new(
            "content",
            "length",
            format!("a prompt has 1 to {MAX_CONTENT} characters"),
        ));
    }
    if input.tags.len() > 20 || input.tags.iter().any(|tag| tag.chars().count() > 40) {
        errors.push(FieldError::new(
            "tags",
            "length",
            "give at most 20 tags of at most 40 characters",
        ));
    }
    if errors.is_empty() {
        Ok(input)
    } else {
        Err(Problem::invalid(errors).into())
    }
}

fn view(actor: &Actor, row: PromptRow, author_name: Option<String>) -> Prompt {
    Prompt {
        id: row.id,
        variables: variables::names(&row.body),
        title: row.title,
        content: row.body,
        tags: row.tags.0,
        shared: row.shared,
        mine: row.owner_id == actor.user,
        author_name,
        uses: row.uses,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
