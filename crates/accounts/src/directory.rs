//! How people find each other, and what other wings learn of people.
//!
//! Names are sealed, so the database can't search them. Each node keeps the names of up to 20,000 people opened in
//! memory for a minute; whoever is found is looked up once more, so that nobody who was switched off is shown.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::State;
use carrel_platform::auth::{Actor, People, UserId};
use carrel_platform::db::id_list;
use carrel_platform::web::{FieldError, Json, Problem, QueryParams};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::Error;
use crate::{Accounts, identity, store};

/// Names that a node keeps.
const MOST: i64 = 20_000;
/// How old they may be.
const FRESH: Duration = Duration::from_mins(1);
/// People in one answer.
const FOUND: usize = 20;
/// Characters that a name is looked for by.
const SHORTEST: usize = 2;

/// Names in memory.
pub(crate) struct Directory {
    names: Mutex<Option<(Instant, Arc<[Listed]>)>>,
    /// One at a time reads all of them.
    reading: Semaphore,
}

struct Listed {
    id: UserId,
    folded: String,
}

/// Someone who was found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FoundPerson {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
}

impl Directory {
    pub fn new() -> Self {
        Self {
            names: Mutex::new(None),
            reading: Semaphore::new(1),
        }
    }

    fn fresh(&self) -> Option<Arc<[Listed]>> {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, names) = names.as_ref()?;
        (since.elapsed() < FRESH).then(|| Arc::clone(names))
    }
}

impl Accounts {
    /// People with this e-mail address, exactly, or with this in their name if the workspace lets people find each
    /// other by name. An address finds only who has shown that they read mail there.
    pub(crate) async fn find_people(
        &self,
        actor: &Actor,
        q: &str,
    ) -> Result<Vec<FoundPerson>, Problem> {
        let wanted = identity::normal_email(q);
        let mut ids = Vec::new();
        if wanted.contains('@') {
            let row = store::person_by_email(&self.0.db, &self.email_index(&wanted)).await?;
            let row = row.filter(|row| row.email_verified_at.is_some());
            ids.extend(row.map(|row| row.id));
        }
        let by_name = self.0.settings.get().await?.people_directory;
        if by_name && wanted.chars().count() >= SHORTEST {
            let names = self.listed().await?;
            let found = names
                .iter()
                .filter(|one| one.id != actor.user && one.folded.contains(&wanted));
            ids.extend(found.map(|one| one.id).take(FOUND));
        }
        ids.retain(|id| *id != actor.user);
        let found = self.active_names(&ids).await?;
        let mut found: Vec<_> = found
            .into_iter()
            .map(|(id, name)| FoundPerson { id, name })
            .collect();
        found.sort_by_key(|one| (one.name.to_lowercase(), one.id.0));
        found.truncate(FOUND);
        Ok(found)
    }

    async fn listed(&self) -> Result<Arc<[Listed]>, Problem> {
        let directory = &self.0.directory;
        if let Some(names) = directory.fresh() {
            return Ok(names);
        }
        let _turn = directory.reading.acquire().await;
        if let Some(names) = directory.fresh() {
            return Ok(names);
        }
        let since = Instant::now();
        let rows = store::all_names(&self.0.db, MOST).await?;
        let accounts = self.clone();
        // Opening thousands of names takes longer than a request may hold up its thread.
        let opened = tokio::task::spawn_blocking(move || {
            rows.into_iter()
                .map(|row| {
                    let name = accounts.open_name(row.id, &row.name_sealed)?;
                    Ok(Listed {
                        id: row.id,
                        folded: name.to_lowercase(),
                    })
                })
                .collect::<Result<Arc<[Listed]>, Error>>()
        });
        let names = opened.await.map_err(Problem::internal)??;
        let mut kept = directory
            .names
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *kept = Some((since, Arc::clone(&names)));
        Ok(names)
    }

    /// The names of those among these people who can sign in.
    async fn active_names(&self, ids: &[UserId]) -> Result<HashMap<UserId, String>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = store::active_names(&self.0.db, &id_list(ids.iter().map(|id| id.0))).await?;
        rows.into_iter()
            .map(|row| Ok((row.id, self.open_name(row.id, &row.name_sealed)?)))
            .collect()
    }

    async fn verified_email_of(&self, id: UserId) -> Result<Option<String>, Error> {
        let row = store::person(&self.0.db, id).await?;
        let row = row.filter(|row| row.email_verified_at.is_some() && row.disabled_at.is_none());
        row.map(|row| self.open_email(row.id, &row.email_sealed))
            .transpose()
    }
}

impl People for Accounts {
    fn names<'a>(
        &'a self,
        ids: &'a [UserId],
    ) -> BoxFuture<'a, Result<HashMap<UserId, String>, Problem>> {
        Box::pin(async { Ok(Self::names(self, ids).await?) })
    }

    fn active<'a>(
        &'a self,
        ids: &'a [UserId],
    ) -> BoxFuture<'a, Result<HashMap<UserId, String>, Problem>> {
        Box::pin(async { Ok(self.active_names(ids).await?) })
    }

    fn verified_email(&self, id: UserId) -> BoxFuture<'_, Result<Option<String>, Problem>> {
        Box::pin(async move { Ok(self.verified_email_of(id).await?) })
    }

    fn normal_email(&self, raw: &str) -> Result<String, FieldError> {
        identity::email(raw)
    }
}

pub(crate) fn router() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new().routes(routes!(find_people))
}

/// Whom to look for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct PeopleQuery {
    /// A part of a name, at least two characters, or a whole e-mail address.
    q: String,
}

/// Find people to share with, 20 at most: by e-mail address exactly, by name if the workspace allows it.
#[utoipa::path(get, path = "/people", security(("access" = ["documents:share"])), tag = "sharing", params(PeopleQuery),
    responses((status = 200, body = Vec<FoundPerson>), (status = "4XX", body = Problem)))]
async fn find_people(
    State(accounts): State<Accounts>,
    actor: Actor,
    QueryParams(query): QueryParams<PeopleQuery>,
) -> Result<Json<Vec<FoundPerson>>, Problem> {
    Ok(Json(accounts.find_people(&actor, &query.q).await?))
}
