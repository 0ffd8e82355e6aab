//! Templates: what a draft is written after, and what an export of it carries.
//!
//! A template belongs to the person who made it, or is for everyone and changed by those who may. Each change is a
//! new version (`versions`), made over the one that was seen, so that two people can't overwrite each other
//! unnoticed. What it holds is in `content`, what it must be in `rules`, what its variables become in `filling`.

mod content;
mod filling;
mod rules;
mod versions;

use carrel_platform::auth::{Actor, Permission};
use carrel_platform::web::{Code, Page, PageRequest};
use carrel_platform::{Timestamp, id_type};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::documents::contains_pattern;
use crate::images::ImageId;
use crate::store::templates::TemplateRow;
use crate::store::{images, templates as store};
use crate::{Documents, Error};

pub(crate) use self::content::TemplateContent;
pub use self::content::{Letterhead, Margins, Paper, TemplateVariable, VariableKind};
pub use self::filling::{PreviewRequest, TemplatePreview};
pub(crate) use self::filling::{missing, preview, values};
use self::rules::{MAX_NAME, check};
pub use self::versions::{TemplateVersion, TemplateVersionDetail};

id_type!(
    /// A template.
    TemplateId
);

/// Who may use a template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TemplateScope {
    /// The person who made it.
    #[default]
    Own,
    /// Everyone.
    Global,
}

impl TemplateScope {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Global => "global",
        }
    }
}

/// A template.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// Its id.
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// When to use it.
    pub description: String,
    /// Who may use it.
    pub scope: TemplateScope,
    /// Whether the asker may change it.
    pub mine: bool,
    /// Markdown with headings, guidance for each section, and `{{variables}}`.
    pub body: String,
    /// The variables.
    pub variables: Vec<TemplateVariable>,
    /// What exports of drafts from it carry.
    pub letterhead: Letterhead,
    /// Its version, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A template as it is entered.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateInput {
    /// 1 to 120 characters.
    pub name: String,
    /// At most 1000 characters.
    #[serde(default)]
    pub description: String,
    /// `own` when absent; `global` needs the right to manage global templates.
    #[serde(default)]
    pub scope: TemplateScope,
    /// Markdown, at most 100,000 characters.
    pub body: String,
    /// At most 50; each `{{name}}` of the body needs one.
    #[serde(default)]
    pub variables: Vec<TemplateVariable>,
    /// Plain A4 with page numbers when absent.
    #[serde(default)]
    pub letterhead: Option<Letterhead>,
}

impl Documents {
    pub(crate) async fn templates(
        &self,
        actor: &Actor,
        q: Option<&str>,
        scope: Option<TemplateScope>,
        page: &PageRequest,
    ) -> Result<Page<Template>, Error> {
        let limit = page.limit();
        let pattern = q.and_then(contains_pattern);
        let rows = store::list(
            &self.0.db,
            actor.user,
            scope.map(TemplateScope::as_str),
            pattern.as_deref(),
            page.after()?,
            limit + 1,
        )
        .await?;
        Ok(Page::cut(rows, limit, |row| row.id).map(|row| view(actor, row)))
    }

    pub(crate) async fn template(&self, actor: &Actor, id: TemplateId) -> Result<Template, Error> {
        Ok(view(actor, self.usable_template(actor, id).await?))
    }

    pub(crate) async fn create_template(
        &self,
        actor: &Actor,
        input: TemplateInput,
    ) -> Result<Template, Error> {
        let (scope, content) = self.check_template(actor, input).await?;
        let id = TemplateId::new();
        let mut tx = self.0.db.begin().await?;
        let now = Timestamp::now();
        let row = TemplateRow {
            id,
            owner_id: Some(actor.user),
            scope: scope.as_str().to_owned(),
            name: content.name.clone(),
            content: Json(content),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        store::insert(&mut tx, &row).await?;
        store::insert_version(&mut tx, id, 1, &row.content, Some(actor.user)).await?;
        tx.commit().await?;
        self.share_logo(actor, &row).await?;
        Ok(view(actor, row))
    }

    pub(crate) async fn replace_template(
        &self,
        actor: &Actor,
        id: TemplateId,
        expected: i64,
        input: TemplateInput,
    ) -> Result<Template, Error> {
        let row = self.changeable_template(actor, id).await?;
        let (scope, content) = self.check_template(actor, input).await?;
        self.write_template(actor, row, expected, scope, content)
            .await
    }

    /// Writes the next version over version `expected`.
    async fn write_template(
        &self,
        actor: &Actor,
        mut row: TemplateRow,
        expected: i64,
        scope: TemplateScope,
        content: TemplateContent,
    ) -> Result<Template, Error> {
        scope.as_str().clone_into(&mut row.scope);
        row.name.clone_from(&content.name);
        row.content = Json(content);
        row.version = expected + 1;
        row.updated_at = Timestamp::now();
        let mut tx = self.0.db.begin().await?;
        if !store::replace(&mut tx, &row, expected).await? {
            tx.rollback().await?;
            let current = self.usable_template(actor, row.id).await?.version;
            return Err(Error::VersionConflict {
                what: "template",
                current,
            });
        }
        store::insert_version(&mut tx, row.id, row.version, &row.content, Some(actor.user)).await?;
        tx.commit().await?;
        self.share_logo(actor, &row).await?;
        Ok(view(actor, row))
    }

    pub(crate) async fn delete_template(&self, actor: &Actor, id: TemplateId) -> Result<(), Error> {
        self.changeable_template(actor, id).await?;
        store::delete(&self.0.db, id).await?;
        Ok(())
    }

    /// A copy of one's own.
    pub(crate) async fn duplicate_template(
        &self,
        actor: &Actor,
        id: TemplateId,
    ) -> Result<Template, Error> {
        let TemplateContent {
            name,
            description,
            body,
            variables,
            letterhead,
        } = self.usable_template(actor, id).await?.content.0;
        let name: String = format!("{name} (copy)").chars().take(MAX_NAME).collect();
        let input = TemplateInput {
            name,
            description,
            scope: TemplateScope::Own,
            body,
            variables,
            letterhead: Some(letterhead),
        };
        self.create_template(actor, input).await
    }

    /// A template the actor may draft from.
    pub(crate) async fn usable_template(
        &self,
        actor: &Actor,
        id: TemplateId,
    ) -> Result<TemplateRow, Error> {
        store::get(&self.0.db, id)
            .await?
            .filter(|row| row.scope == "global" || row.owner_id == Some(actor.user))
            .ok_or_else(|| {
                Error::new(
                    Code::TemplateUnknown,
                    "there is no such template, or it isn't yours",
                )
            })
    }

    async fn changeable_template(
        &self,
        actor: &Actor,
        id: TemplateId,
    ) -> Result<TemplateRow, Error> {
        let row = self.usable_template(actor, id).await?;
        if !may_change(actor, &row) {
            return Err(Error::new(
                Code::Forbidden,
                "this template is for everyone; make a copy, or ask an administrator to change it",
            ));
        }
        Ok(row)
    }

    async fn check_template(
        &self,
        actor: &Actor,
        input: TemplateInput,
    ) -> Result<(TemplateScope, TemplateContent), Error> {
        if input.scope == TemplateScope::Global {
            actor.require(Permission::TemplatesManageGlobal)?;
        }
        let letterhead = input.letterhead.unwrap_or_default();
        let content = TemplateContent {
            name: input.name.trim().to_owned(),
            description: input.description.trim().to_owned(),
            body: input.body,
            variables: input.variables,
            letterhead,
        };
        check(&content)?;
        if let Some(logo) = &content.letterhead.logo {
            let wrong = || {
                Error::field(
                    "letterhead.logo",
                    "reference",
                    "upload the logo again; there is no such picture of yours",
                )
            };
            let id = ImageId::from_source(logo).ok_or_else(wrong)?;
            let image = images::get(&self.0.db, id).await?.ok_or_else(wrong)?;
            if image.owner_id != actor.user && !image.shared {
                return Err(wrong());
            }
        }
        Ok((input.scope, content))
    }

    async fn share_logo(&self, actor: &Actor, row: &TemplateRow) -> Result<(), Error> {
        if row.scope == "global"
            && let Some(id) = row
                .content
                .letterhead
                .logo
                .as_deref()
                .and_then(ImageId::from_source)
        {
            images::share(&self.0.db, id, actor.user).await?;
        }
        Ok(())
    }
}

fn may_change(actor: &Actor, row: &TemplateRow) -> bool {
    match parse_scope(&row.scope) {
        TemplateScope::Global => actor.may(Permission::TemplatesManageGlobal),
        TemplateScope::Own => row.owner_id == Some(actor.user),
    }
}

fn parse_scope(scope: &str) -> TemplateScope {
    if scope == "global" {
        TemplateScope::Global
    } else {
        TemplateScope::Own
    }
}

fn view(actor: &Actor, row: TemplateRow) -> Template {
    let mine = may_change(actor, &row);
    let TemplateContent {
        name,
        description,
        body,
        variables,
        letterhead,
    } = row.content.0;
    Template {
        id: row.id,
        name,
        description,
        scope: parse_scope(&row.scope),
        mine,
        body,
        variables,
        letterhead,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
