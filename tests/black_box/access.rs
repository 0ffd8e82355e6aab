//! Who may call what: every operation of the API description is tried as nobody, as someone without any role, and as a
//! stranger to what it is about. And what happens when rights change.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use carrel_tests::document::{EXTRACTIVE, SCRIPTED_MODEL, id_of, paragraph, tree};
use carrel_tests::person::PASSWORD;
use carrel_tests::samples::{MARKDOWN, NOTES, png};
use carrel_tests::{
    Backend, Client, Person, Reply, Server, Turn, Upstream, both_databases, eventually,
};
use futures::future::join_all;
use http::Method;
use serde_json::{Map, Value, json};

both_databases! {
    nothing_but_what_is_public_is_open_to_nobody,
    whoever_has_no_role_is_refused_wherever_a_permission_is_asked,
    a_stranger_reaches_no_object_of_another_by_any_operation,
    two_administrators_who_remove_each_other_at_once_leave_one,
    a_browser_goes_on_with_a_new_token_after_a_change_of_rights,
    roles_groups_and_people_are_administered,
    an_open_stream_ends_when_what_it_stands_on_is_gone,
}

/// All that is open to everyone. A route that isn't meant to be is found by not being here.
const PUBLIC: [&str; 11] = [
    "GET /setup",
    "POST /setup",
    "POST /auth/signup",
    "POST /auth/login",
    "POST /auth/logout",
    "POST /auth/verify-email",
    "POST /auth/confirm-email",
    "POST /auth/forgot-password",
    "POST /auth/reset-password",
    "GET /consents/texts",
    "POST /invitations/by-token",
];

/// An operation of the API description.
struct Operation {
    method: Method,
    /// Under `/api/v1`, with parameters in braces.
    path: String,
    public: bool,
    permissions: BTreeSet<String>,
    /// Names and schemas of what its query must say.
    query: Vec<(String, Value)>,
    /// Media type and schema of the body.
    body: Option<(String, Value)>,
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Names in braces.
    fn parameters(&self) -> Vec<&str> {
        let parts = self.path.split('/');
        parts
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect()
    }
}

fn required_query(operation: &Value) -> Vec<(String, Value)> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters
        .filter(|one| one["in"] == "query" && one["required"] == true)
        .map(|one| {
            (
                one["name"].as_str().unwrap_or_default().to_owned(),
                one["schema"].clone(),
            )
        })
        .collect()
}

/// The description, as served.
struct Description {
    document: Value,
}

impl Description {
    async fn of(server: &Server) -> Self {
        let reply = server.visitor().get("/openapi.json").await;
        Self {
            document: reply.expect(200),
        }
    }

    fn operations(&self) -> Vec<Operation> {
        let paths = self.document["paths"].as_object().expect("paths");
        let mut operations = Vec::new();
        for (path, item) in paths {
            for (method, operation) in item.as_object().expect("a path item") {
                let Ok(method) = method.to_uppercase().parse::<Method>() else {
                    continue;
                };
                if !["GET", "PUT", "POST", "DELETE", "PATCH"].contains(&method.as_str()) {
                    continue;
                }
                let security = operation["security"].as_array();
                let security =
                    security.unwrap_or_else(|| panic!("{method} {path} declares its access"));
                let schemes = || {
                    security
                        .iter()
                        .flat_map(|one| one.as_object().expect("an object"))
                };
                let names = schemes().flat_map(|(_, names)| names.as_array().expect("a list"));
                let content = operation["requestBody"]["content"].as_object();
                operations.push(Operation {
                    method,
                    path: path.strip_prefix("/api/v1").unwrap_or(path).to_owned(),
                    public: schemes().next().is_none(),
                    permissions: names
                        .map(|name| name.as_str().expect("a name").to_owned())
                        .collect(),
                    query: required_query(operation),
                    body: content.and_then(|content| {
                        let (media_type, media) = content.iter().next()?;
                        Some((media_type.clone(), media["schema"].clone()))
                    }),
                });
            }
        }
        assert!(operations.len() > 60, "the description describes the API");
        operations
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let pointer = reference.trim_start_matches('#');
                let found = self.document.pointer(pointer);
                self.resolve(found.unwrap_or_else(|| panic!("there is no {reference}")))
            }
            None => schema,
        }
    }

    /// A value of this schema, as small as can be, but with the id of something wherever one is meant.
    fn example(&self, name: &str, schema: &Value, objects: &Objects) -> Value {
        if let Some(known) = objects.of_field(name) {
            return known;
        }
        let schema = self.resolve(schema);
        for choice in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[choice].as_array() {
                let first = choices.iter().find(|choice| choice["type"] != "null");
                return self.example(name, first.expect("a choice"), objects);
            }
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let parts = parts.iter().map(|part| self.example(name, part, objects));
            let fields = parts.flat_map(|part| match part {
                Value::Object(fields) => fields.into_iter().collect::<Vec<_>>(),
                _ => vec![],
            });
            return Value::Object(fields.collect());
        }
        if let Some(first) = schema["enum"].as_array().and_then(|words| words.first()) {
            return first.clone();
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => kinds.iter().find(|kind| **kind != "null").cloned(),
            kind => Some(kind.clone()),
        };
        match kind.as_ref().and_then(Value::as_str) {
            Some("string") => match schema["format"].as_str() {
                Some("uuid") => json!(uuid::Uuid::now_v7()),
                Some("date-time") => json!("2030-01-01T00:00:00Z"),
                Some("password") => json!("not their password"),
                _ if name.to_lowercase().ends_with("email") => json!("nobody@example.org"),
                _ => json!("text"),
            },
            Some("integer" | "number") => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
            Some("boolean") => json!(true),
            Some("array") => json!([]),
            _ => {
                let required = schema["required"].as_array().cloned().unwrap_or_default();
                let fields = schema["properties"]
                    .as_object()
                    .cloned()
                    .unwrap_or_default();
                let wanted = fields.iter().filter(|(name, _)| {
                    required.contains(&json!(name)) || objects.of_field(name).is_some()
                });
                let fields = wanted
                    .map(|(name, schema)| (name.clone(), self.example(name, schema, objects)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
}

/// What the first person made, by the name of the path parameter that leads to it.
struct Objects(BTreeMap<&'static str, Value>);

impl Objects {
    /// Something of each kind, made by Ada or by the administrator.
    async fn of(ada: &Person, administrator: &Person) -> Self {
        let template = ada.template("Letter", "# Letter\n\n## Costs\n", &[]).await;
        let document = ada
            .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
            .await;
        let document = id_of(&document);
        let started = ada.generate(&document, &template, EXTRACTIVE).await;
        let generation = ada.ended(&id_of(&started)).await;
        let named = json!({ "name": "Mine" });
        let revision = ada
            .post(&format!("/documents/{document}/revisions"))
            .json(&named)
            .await;
        let refine = json!({ "documentId": document, "prompt": "Shorter.", "model": EXTRACTIVE });
        let refinement = ada
            .post("/ai/refine")
            .key("r")
            .json(&refine)
            .await
            .expect(200);
        let export = ada.export(&document, "docx").await;
        let prompt = json!({ "title": "Mine", "content": "Private." });
        let prompt = ada.post("/prompts").json(&prompt).await.expect(201);
        let image = ada
            .post("/images")
            .bytes("image/png", png(2, 2))
            .await
            .expect(201);
        let sessions = ada.get("/auth/sessions").await.expect(200);
        let provider = json!({ "name": "p", "kind": "anthropic", "baseUrl": "http://127.0.0.1:9", "apiKey": "k" });
        let provider = administrator
            .post("/admin/providers")
            .json(&provider)
            .await
            .expect(201);
        let role = json!({ "name": "Readers", "allow": ["documents:use"], "deny": [] });
        let role = administrator
            .post("/admin/roles")
            .json(&role)
            .await
            .expect(201);
        let group = json!({ "name": "Class 5b", "memberIds": [ada.id] });
        let group = administrator
            .post("/admin/groups")
            .json(&group)
            .await
            .expect(201);
        let key = json!({ "name": "script", "scopes": ["documents:use"] });
        let key = ada.post("/keys").json(&key).await.expect(201);
        let forgotten = json!({ "email": ada.email });
        ada.anonymous()
            .post("/auth/forgot-password")
            .json(&forgotten)
            .await
            .expect(202);
        let mail = eventually("a mail with a link", || async {
            let outbox = administrator.get("/admin/mail").await.expect(200);
            outbox["items"].get(0).cloned()
        })
        .await;
        let invite = json!({ "email": "someone@example.org", "role": "viewer" });
        let invitation = ada
            .post(&format!("/documents/{document}/invitations"))
            .json(&invite)
            .await
            .expect(201);
        Self(BTreeMap::from([
            ("invitationId", invitation["id"].clone()),
            ("userId", json!(ada.id)),
            ("mailId", mail["id"].clone()),
            ("documentId", json!(document)),
            ("templateId", template["id"].clone()),
            ("version", json!(1)),
            ("generationId", generation["id"].clone()),
            ("number", revision.expect(201)["number"].clone()),
            ("refinementId", refinement["id"].clone()),
            ("exportId", export["id"].clone()),
            ("promptId", prompt["id"].clone()),
            ("imageId", image["id"].clone()),
            ("sessionId", sessions[0]["id"].clone()),
            ("providerId", provider["id"].clone()),
            ("personId", json!(ada.id)),
            ("roleId", role["id"].clone()),
            ("groupId", group["id"].clone()),
            ("keyId", key["id"].clone()),
        ]))
    }

    /// What stands for a field of a request's body.
    fn of_field(&self, name: &str) -> Option<Value> {
        match name {
            "documentId" | "templateId" | "subjectId" => {
                let name = if name == "subjectId" {
                    "documentId"
                } else {
                    name
                };
                self.0.get(name).cloned()
            }
            "tree" => Some(tree(&[paragraph("Stolen")])),
            _ => None,
        }
    }

    /// The path to what the first person has.
    fn path(&self, operation: &Operation) -> String {
        let mut path = operation.path.clone();
        for name in operation.parameters() {
            let Some(value) = self.0.get(name) else {
                panic!(
                    "{}: add what {{{name}}} leads to to `Objects`",
                    operation.name()
                )
            };
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), ToOwned::to_owned);
            path = path.replace(&format!("{{{name}}}"), &text);
        }
        path
    }
}

/// Calls an operation about the objects, with a body that can be read and any header it may want.
async fn call(
    client: &Client,
    operation: &Operation,
    description: &Description,
    objects: &Objects,
) -> (Reply, Value) {
    let query: Vec<_> = operation
        .query
        .iter()
        .map(|(name, schema)| {
            let value = description.example(name, schema, objects);
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), ToOwned::to_owned);
            format!("{name}={value}")
        })
        .collect();
    let path = format!("{}?{}", objects.path(operation), query.join("&"));
    let call = client
        .call(operation.method.clone(), &path)
        .key(&format!("key-{}", uuid::Uuid::now_v7()))
        .if_match(&json!(1));
    match &operation.body {
        None => (call.await, Value::Null),
        Some((media_type, schema)) if media_type == "application/json" => {
            let body = description.example("", schema, objects);
            (call.json(&body).await, body)
        }
        Some(_) => (call.bytes("image/png", png(2, 2)).await, Value::Null),
    }
}

/// A server that doesn't count: these tests ask more than people do.
async fn patient(backend: Backend) -> Server {
    Server::plan(backend)
        .set("CARREL_LIMITS_PER_ADDRESS_PER_MINUTE", "100000")
        .set("CARREL_LIMITS_PER_PERSON_PER_MINUTE", "100000")
        .start()
        .await
}

async fn nothing_but_what_is_public_is_open_to_nobody(backend: Backend) {
    let server = patient(backend).await;
    let (ada, administrator) = (server.person("Ada").await, server.administrator().await);
    let objects = Objects::of(&ada, administrator).await;
    let description = Description::of(&server).await;
    for operation in description.operations() {
        let name = operation.name();
        if operation.public {
            assert!(
                PUBLIC.contains(&name.as_str()),
                "{name} is not meant to be public"
            );
            continue;
        }
        let (reply, _) = call(&server.visitor(), &operation, &description, &objects).await;
        assert_eq!(
            reply.status,
            401,
            "{name} answered nobody: {}",
            reply.text()
        );
        reply.problem(401, "unauthenticated");
        let forged = server.visitor().with_token("not a token");
        let (reply, _) = call(&forged, &operation, &description, &objects).await;
        assert_eq!(
            reply.status,
            401,
            "{name} answered a forged token: {}",
            reply.text()
        );
    }
    let document = objects.0["documentId"].as_str().expect("an id");
    ada.document(document).await;
}

async fn whoever_has_no_role_is_refused_wherever_a_permission_is_asked(backend: Backend) {
    let server = patient(backend).await;
    let (ada, administrator) = (server.person("Ada").await, server.administrator().await);
    let objects = Objects::of(&ada, administrator).await;
    let bare = server.person("Bare").await;
    let path = format!("/admin/people/{}", bare.id);
    administrator
        .patch(&path)
        .json(&json!({ "roleIds": [] }))
        .await
        .expect(200);
    let bare = Person::sign_in(&server.visitor(), &bare.email, PASSWORD).await;
    let me = bare.get("/auth/me").await.expect(200);
    assert_eq!((&me["roles"], &me["permissions"]), (&json!([]), &json!([])));
    let description = Description::of(&server).await;
    let mut tried = 0;
    for operation in description.operations() {
        if operation.permissions.is_empty() {
            continue;
        }
        let (reply, _) = call(&bare, &operation, &description, &objects).await;
        assert_eq!(
            reply.status,
            403,
            "{} answered: {}",
            operation.name(),
            reply.text()
        );
        reply.problem(403, "forbidden");
        tried += 1;
    }
    assert!(
        tried > 40,
        "most operations ask for a permission, not {tried}"
    );
    bare.get("/admin/roles").await.problem(403, "forbidden");
}

async fn a_stranger_reaches_no_object_of_another_by_any_operation(backend: Backend) {
    let server = patient(backend).await;
    let (ada, administrator) = (server.person("Ada").await, server.administrator().await);
    let objects = Objects::of(&ada, administrator).await;
    let description = Description::of(&server).await;
    let operations = description.operations();
    let own = |operation: &&Operation| {
        operation.method == Method::GET
            && !operation.public
            && !operation.parameters().is_empty()
            && !operation.path.starts_with("/admin/")
    };
    for operation in operations.iter().filter(own) {
        let (reply, _) = call(&ada, operation, &description, &objects).await;
        let (name, text) = (operation.name(), reply.text());
        assert_eq!(reply.status, 200, "its owner reads {name}: {text}");
    }
    let secret: Vec<String> = [
        "documentId",
        "templateId",
        "generationId",
        "refinementId",
        "exportId",
        "promptId",
        "imageId",
        "keyId",
    ]
    .iter()
    .map(|name| objects.0[name].as_str().expect("an id").to_owned())
    .collect();
    let before = ada.current_draft(&secret[0]).await;
    let eve = server.person("Eve").await;
    let mut reached = 0;
    for operation in operations.iter().filter(|operation| !operation.public) {
        // Signed in anew each time: some of them end sessions.
        let eve = Person::sign_in(&server.visitor(), &eve.email, PASSWORD).await;
        let (reply, body) = call(&eve, operation, &description, &objects).await;
        let (name, text) = (operation.name(), reply.text());
        assert!(
            reply.status < 500,
            "{name} answered {}: {text}",
            reply.status
        );
        let body = body.to_string();
        let names_anothers = secret.iter().any(|id| body.contains(id));
        if !operation.parameters().is_empty() || names_anothers {
            let refused = matches!(reply.status, 403 | 404);
            assert!(
                refused,
                "{name} answered a stranger {}: {text}",
                reply.status
            );
            reached += 1;
        } else if reply.status < 300 {
            let told = secret.iter().find(|id| text.contains(*id));
            assert!(
                told.is_none(),
                "{name} tells a stranger of {told:?}: {text}"
            );
        }
    }
    assert!(
        reached > 30,
        "most operations are about an object, not {reached}"
    );
    assert_eq!(
        ada.current_draft(&secret[0]).await,
        before,
        "nothing was changed"
    );
    for operation in operations.iter().filter(own) {
        let (reply, _) = call(&ada, operation, &description, &objects).await;
        let (name, text) = (operation.name(), reply.text());
        assert_eq!(reply.status, 200, "{name} is as it was: {text}");
    }
}

async fn two_administrators_who_remove_each_other_at_once_leave_one(backend: Backend) {
    let server = patient(backend).await;
    let grace = server.administrator().await;
    let ada = server.person("Ada").await;
    let administrator = grace.get("/admin/roles").await.expect(200)[0]["id"].clone();
    let path = |id: &str| format!("/admin/people/{id}");
    let (mut keeps, mut other) = (grace.clone(), ada);
    for round in 0..5 {
        let give = json!({ "roleIds": [administrator] });
        keeps.patch(&path(&other.id)).json(&give).await.expect(200);
        other = Person::sign_in(&server.visitor(), &other.email, PASSWORD).await;
        let take = json!({ "roleIds": [] });
        let (one, two) = tokio::join!(
            async { keeps.patch(&path(&other.id)).json(&take).await },
            async { other.patch(&path(&keeps.id)).json(&take).await },
        );
        let statuses = [one.status, two.status];
        let done = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!(done, 1, "round {round}: {statuses:?}");
        assert!(
            statuses
                .iter()
                .all(|status| matches!(status, 200 | 401 | 403 | 409)),
            "round {round}: {statuses:?}"
        );
        if two.status == 200 {
            std::mem::swap(&mut keeps, &mut other);
        }
        let me = keeps.get("/auth/me").await.expect(200);
        assert_eq!(me["roles"], json!(["administrator"]), "round {round}");
    }
    let alone = keeps
        .patch(&path(&keeps.id))
        .json(&json!({ "disabled": true }))
        .await;
    alone.problem(409, "last_administrator");
}

async fn a_browser_goes_on_with_a_new_token_after_a_change_of_rights(backend: Backend) {
    let server = patient(backend).await;
    let ada = server.person("Ada").await;
    let details = json!({ "email": ada.email, "password": PASSWORD, "transport": "cookie" });
    let first = server.visitor().post("/auth/login").json(&details).await;
    let first = first.cookie().expect("a cookie");
    let again = server
        .visitor()
        .with_cookie(&first)
        .post("/auth/login")
        .header("origin", server.address())
        .json(&details)
        .await;
    again.expect(200);
    let old = again.cookie().expect("another cookie");
    assert_ne!(first, old, "the session of a sign-in is a fresh one");
    let browser = |cookie: &str| server.visitor().with_cookie(cookie);
    browser(&first)
        .get("/auth/me")
        .await
        .problem(401, "unauthenticated");

    let administrator = server.administrator().await;
    let path = format!("/admin/people/{}", ada.id);
    administrator
        .patch(&path)
        .json(&json!({ "roleIds": [] }))
        .await
        .expect(200);
    let replies = join_all((0..8).map(|_| browser(&old).get("/auth/me").into_future())).await;
    let new: Vec<_> = replies
        .iter()
        .filter_map(|reply| {
            assert_eq!(reply.expect(200)["permissions"], json!([]));
            reply.cookie()
        })
        .collect();
    assert_eq!(new.len(), 1, "one of them brings the new token");
    browser(&new[0]).get("/auth/me").await.expect(200);
    let refused = ada.get("/auth/me").await.problem(401, "unauthenticated");
    let detail = refused["detail"].as_str().expect("a sentence");
    assert!(detail.contains("rights have changed"), "{detail}");
    eventually("an end of the old token", || async {
        (browser(&old).get("/auth/me").await.status == 401).then_some(())
    })
    .await;
    assert_eq!(
        browser(&new[0]).get("/auth/me").await.expect(200)["name"],
        "Ada"
    );
}

async fn roles_groups_and_people_are_administered(backend: Backend) {
    let server = patient(backend).await;
    let administrator = server.administrator().await;
    let (ada, eve) = (server.person("Ada").await, server.person("Eve").await);
    let quiet = json!({ "name": "No models", "description": "For exams.", "allow": [], "deny": ["models:use"] });
    let quiet = administrator
        .post("/admin/roles")
        .json(&quiet)
        .await
        .expect(201);
    let group =
        json!({ "name": "Class 5b", "roleIds": [quiet["id"]], "memberIds": [ada.id, eve.id] });
    let group = administrator
        .post("/admin/groups")
        .json(&group)
        .await
        .expect(201);
    assert_eq!(group["people"], 2);
    let listed = administrator.get("/admin/groups").await.expect(200);
    assert_eq!(listed["items"][0]["roles"][0]["name"], "No models");
    let roles = administrator.get("/admin/roles").await.expect(200);
    let roles = roles.as_array().expect("a list");
    let found = roles.iter().find(|role| role["id"] == quiet["id"]);
    assert_eq!(found.expect("it is listed")["people"], 2);

    let ada = Person::sign_in(&server.visitor(), &ada.email, PASSWORD).await;
    let me = ada.get("/auth/me").await.expect(200);
    assert_eq!(me["roles"], json!(["staff", "No models"]));
    assert!(
        !me["permissions"].to_string().contains("models:use"),
        "{me}"
    );
    let changed = json!({ "name": "No models", "allow": ["audit:read"], "deny": [] });
    let role = format!("/admin/roles/{}", id_of(&quiet));
    let changed = administrator
        .put(&role)
        .if_match(&quiet["version"])
        .json(&changed)
        .await;
    assert_eq!(changed.expect(200)["version"], 2);
    assert_eq!(changed.header("etag"), Some("\"2\""));
    ada.get("/auth/me").await.problem(401, "unauthenticated");

    let search = administrator.get("/admin/people?q=ev").await.expect(200);
    assert_eq!(search["items"][0]["groups"][0]["name"], "Class 5b");
    assert!(
        search["items"][0]["permissions"]
            .to_string()
            .contains("audit:read"),
        "{search}"
    );
    let all = administrator.all("/admin/people").await;
    assert_eq!(all.len(), 3);
    let person = format!("/admin/people/{}", eve.id);
    let off = administrator
        .patch(&person)
        .json(&json!({ "disabled": true }))
        .await
        .expect(200);
    assert_eq!(off["status"], "disabled");
    eve.get("/auth/me").await.problem(401, "unauthenticated");
    let details = json!({ "email": eve.email, "password": PASSWORD });
    let refused = server.visitor().post("/auth/login").json(&details).await;
    refused.problem(401, "sign_in_failed");
    administrator.delete(&role).await.expect(204);
    let group = format!("/admin/groups/{}", id_of(&group));
    assert_eq!(
        administrator.get(&group).await.expect(200)["roles"],
        json!([])
    );
    administrator.delete(&group).await.expect(204);
    administrator.get(&group).await.problem(404, "not_found");
}

/// Someone who watches a draft being written, and the stream.
async fn watching(server: &Server, upstream: &Upstream) -> (Person, carrel_tests::events::Events) {
    let ada = server.person("Ada").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let template = ada.template("Letter", "# Letter\n\n## Costs\n", &[]).await;
    upstream.next(Turn::Held(
        "A letter that takes longer than her rights do".into(),
    ));
    let generation = ada
        .generate(&id_of(&document), &template, SCRIPTED_MODEL)
        .await;
    let path = format!("/generations/{}/events", id_of(&generation));
    let mut stream = ada.get(&path).events().await;
    stream.until("text").await;
    (ada, stream)
}

async fn an_open_stream_ends_when_what_it_stands_on_is_gone(backend: Backend) {
    let server = patient(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let (ada, stream) = watching(&server, &upstream).await;
    let changed = Instant::now();
    let path = format!("/admin/people/{}", ada.id);
    let administrator = server.administrator().await;
    administrator
        .patch(&path)
        .json(&json!({ "roleIds": [] }))
        .await
        .expect(200);
    let events = stream.to_the_end().await;
    let last = events.last().expect("an end");
    assert_eq!(
        (last.name.as_str(), &last.data["code"]),
        ("error", &json!("unauthenticated"))
    );
    let after = changed.elapsed();
    assert!(
        after < Duration::from_secs(15),
        "within 15 s, not after {after:?}"
    );
    upstream.release();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_on_one_node_reaches_streams_and_requests_of_another_within_fifteen_seconds() {
    let first = patient(Backend::Postgres).await;
    let upstream = Upstream::open_ai().await;
    first.offer(&upstream).await;
    let second = first.another_node().await;
    first.administrator().await;
    let ada = first.person("Ada").await;
    let elsewhere = Person::sign_in(&second.visitor(), &ada.email, PASSWORD).await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let template = ada.template("Letter", "# Letter\n\n## Costs\n", &[]).await;
    upstream.next(Turn::Held(
        "A letter that takes longer than her rights do".into(),
    ));
    let generation = ada
        .generate(&id_of(&document), &template, SCRIPTED_MODEL)
        .await;
    let path = format!("/generations/{}/events", id_of(&generation));
    let stream = elsewhere.get(&path).events().await;
    elsewhere.get("/documents").await.expect(200);

    let changed = Instant::now();
    let path = format!("/admin/people/{}", ada.id);
    let off = json!({ "disabled": true });
    first
        .administrator()
        .await
        .patch(&path)
        .json(&off)
        .await
        .expect(200);
    ada.get("/documents").await.problem(401, "unauthenticated");
    let requests = async {
        eventually("an end of requests", || async {
            (elsewhere.get("/documents").await.status == 401).then_some(())
        })
        .await;
        changed.elapsed()
    };
    let streams = async {
        let events = stream.to_the_end().await;
        let last = events.last().expect("an end");
        assert_eq!(
            (last.name.as_str(), &last.data["code"]),
            ("error", &json!("unauthenticated"))
        );
        changed.elapsed()
    };
    let (requests, streams) = tokio::join!(requests, streams);
    let limit = Duration::from_secs(15);
    assert!(
        requests < limit && streams < limit,
        "within 15 s, not after {requests:?} and {streams:?}"
    );
    upstream.release();
}
