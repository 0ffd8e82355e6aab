//! Versions of a template: every state it was saved in, to look at and to go back to.

use carrel_platform::Timestamp;
use carrel_platform::auth::Actor;
use serde::Serialize;

use super::{Letterhead, Template, TemplateContent, TemplateId, TemplateVariable, parse_scope};
use crate::store::templates::{self as store, VersionRow};
use crate::{Documents, Error};

/// A version of a template.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateVersion {
    /// From 1.
    pub version: i64,
    /// The name it had.
    pub name: String,
    /// Who made it.
    #[schema(required = true)]
    pub author_name: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// A version of a template with all it held.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateVersionDetail {
    /// From 1.
    pub version: i64,
    /// The name it had.
    pub name: String,
    /// When it was to be used.
    pub description: String,
    /// Its Markdown.
    pub body: String,
    /// Its variables.
    pub variables: Vec<TemplateVariable>,
    /// Its letterhead.
    pub letterhead: Letterhead,
    /// Who made it.
    #[schema(required = true)]
    pub author_name: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

impl Documents {
    pub(crate) async fn template_versions(
        &self,
        actor: &Actor,
        id: TemplateId,
    ) -> Result<Vec<TemplateVersion>, Error> {
        self.usable_template(actor, id).await?;
        let rows = store::versions(&self.0.db, id).await?;
        let authors: Vec<_> = rows.iter().filter_map(|row| row.author_id).collect();
        let names = self.0.people.names(&authors).await?;
        let seen = |row: VersionRow| TemplateVersion {
            version: row.version,
            name: row.content.0.name,
            author_name: row.author_id.and_then(|id| names.get(&id).cloned()),
            created_at: row.created_at,
        };
        Ok(rows.into_iter().map(seen).collect())
    }

    /// A version as it was; whoever may use the template may look at what it has been.
    pub(crate) async fn template_version(
        &self,
        actor: &Actor,
        id: TemplateId,
        version: i64,
    ) -> Result<TemplateVersionDetail, Error> {
        self.usable_template(actor, id).await?;
        let row = self.version_row(id, version).await?;
        let names = self.0.people.names(row.author_id.as_slice()).await?;
        let TemplateContent {
            name,
            description,
            body,
            variables,
            letterhead,
        } = row.content.0;
        Ok(TemplateVersionDetail {
            version: row.version,
            name,
            description,
            body,
            variables,
            letterhead,
            author_name: row.author_id.and_then(|id| names.get(&id).cloned()),
            created_at: row.created_at,
        })
    }

    /// Makes what an older version held the template, as a new version.
    pub(crate) async fn restore_template(
        &self,
        actor: &Actor,
        id: TemplateId,
        version: i64,
    ) -> Result<Template, Error> {
        let row = self.changeable_template(actor, id).await?;
        let old = self.version_row(id, version).await?;
        let (scope, expected) = (parse_scope(&row.scope), row.version);
        self.write_template(actor, row, expected, scope, old.content.0)
            .await
    }

    async fn version_row(&self, id: TemplateId, version: i64) -> Result<VersionRow, Error> {
        store::version(&self.0.db, id, version)
            .await?
            .ok_or_else(|| Error::not_found("version of the template"))
    }
}
