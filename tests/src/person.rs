//! A signed-in person, and what people do every day.

use std::ops::Deref;

use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::document::id_of;
use crate::wait::eventually;

/// The password of everyone in these tests.
pub const PASSWORD: &str = "a long walk to the library";

/// Someone signed in with a token. Dereferences to their client.
#[derive(Clone)]
pub struct Person {
    client: Client,
    pub id: String,
    pub name: String,
    pub email: String,
    pub password: String,
    pub token: String,
}

impl Deref for Person {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Person {
    /// Signs in with e-mail and password.
    pub async fn sign_in(visitor: &Client, email: &str, password: &str) -> Self {
        let details = json!({ "email": email, "password": password });
        let signed_in = visitor.post("/auth/login").json(&details).await.expect(200);
        Self::from_signed_in(visitor, &signed_in, password)
    }

    /// The person of a `SignedIn` answer with a token.
    pub fn from_signed_in(visitor: &Client, signed_in: &Value, password: &str) -> Self {
        let word = |value: &Value| {
            value
                .as_str()
                .unwrap_or_else(|| panic!("a text in {signed_in}"))
                .to_owned()
        };
        let token = word(&signed_in["token"]);
        Self {
            client: visitor.with_token(&token),
            id: word(&signed_in["user"]["id"]),
            name: word(&signed_in["user"]["name"]),
            email: word(&signed_in["user"]["email"]),
            password: password.to_owned(),
            token,
        }
    }

    /// A place to put a file: the whole `UploadUrl`.
    pub async fn upload_url(&self, name: &str, media_type: &str, size: usize) -> Value {
        let wanted = json!({ "contentType": media_type, "size": size, "originalName": name });
        self.post("/documents/upload-url")
            .json(&wanted)
            .await
            .expect(201)
    }

    /// Puts bytes where an `UploadUrl` says.
    pub async fn put_to(&self, place: &Value, bytes: &[u8]) -> Reply {
        let address = place["url"].as_str().expect("a place has a url");
        let method = place["method"]
            .as_str()
            .expect("a place has a method")
            .parse()
            .expect("a method");
        let mut call = self.anonymous().at(method, address);
        let headers = place["headers"].as_object().expect("a place has headers");
        for (name, value) in headers {
            call = call.header(name, value.as_str().expect("a header is text"));
        }
        let media_type = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if media_type.is_some() {
            call.body(bytes.to_vec()).await
        } else {
            call.bytes("application/octet-stream", bytes.to_vec()).await
        }
    }

    /// Tells Carrel that an upload arrived.
    pub async fn ingest(&self, place: &Value, name: &str, media_type: &str, size: usize) -> Reply {
        let upload =
            json!({ "key": place["key"], "originalName": name, "mime": media_type, "size": size });
        self.post("/documents/ingest").json(&upload).await
    }

    /// Uploads a file the way every client does: asks for a place, puts the bytes there, tells that they arrived.
    pub async fn upload(&self, name: &str, media_type: &str, bytes: &[u8]) -> Value {
        let place = self.upload_url(name, media_type, bytes.len()).await;
        let put = self.put_to(&place, bytes).await;
        assert!(
            matches!(put.status, 200 | 201 | 204),
            "the upload answered {}: {}",
            put.status,
            put.text()
        );
        self.ingest(&place, name, media_type, bytes.len())
            .await
            .expect(201)
    }

    /// Uploads a file and waits until its text is there; panics when it failed.
    pub async fn upload_and_extract(&self, name: &str, media_type: &str, bytes: &[u8]) -> Value {
        let document = self.upload(name, media_type, bytes).await;
        let document = self.settled(&id_of(&document)).await;
        assert_ne!(document["status"], "failed", "{document:#}");
        document
    }

    /// A document as it is now.
    pub async fn document(&self, id: &str) -> Value {
        self.get(&format!("/documents/{id}")).await.expect(200)
    }

    /// The document once nothing is under way for it any more.
    pub async fn settled(&self, id: &str) -> Value {
        eventually("an end of the work on the document", || async {
            let document = self.document(id).await;
            let at_rest = document["processing"].is_null() && document["status"] != "uploaded";
            at_rest.then_some(document)
        })
        .await
    }

    /// All items of a list, page after page.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = self
                .get(&format!("{path}{joint}limit=50{cursor}"))
                .await
                .expect(200);
            items.extend(
                page["items"]
                    .as_array()
                    .expect("a page has items")
                    .iter()
                    .cloned(),
            );
            let Some(next) = page["nextCursor"].as_str() else {
                return items;
            };
            cursor = format!("&cursor={next}");
            assert!(items.len() < 100_000, "the pages of {path} never end");
        }
    }

    /// The text of a document's source, block by block.
    pub async fn source_text(&self, id: &str) -> String {
        let pages = self.all(&format!("/documents/{id}/source")).await;
        let blocks = pages
            .iter()
            .flat_map(|page| page["blocks"].as_array().into_iter().flatten());
        let texts: Vec<_> = blocks
            .map(|block| block["text"].as_str().expect("a block has text").to_owned())
            .collect();
        texts.join("\n\n")
    }

    /// A template of their own with this body and variables (each required text).
    pub async fn template(&self, name: &str, body: &str, variables: &[&str]) -> Value {
        let variables: Vec<_> = variables
            .iter()
            .map(|name| crate::document::variable(name))
            .collect();
        let template = json!({ "name": name, "description": "", "scope": "own", "body": body, "variables": variables });
        self.post("/templates").json(&template).await.expect(201)
    }

    /// Starts drafting; the `Generation`.
    pub async fn generate(&self, document: &str, template: &Value, model: &str) -> Value {
        let request =
            json!({ "documentId": document, "templateId": template["id"], "model": model });
        self.post("/documents/generate")
            .json(&request)
            .await
            .expect(202)
    }

    /// A generation once it ended.
    pub async fn ended(&self, generation: &str) -> Value {
        eventually("an end of the generation", || async {
            let generation = self
                .get(&format!("/generations/{generation}"))
                .await
                .expect(200);
            (generation["status"] != "running").then_some(generation)
        })
        .await
    }

    /// Drafts a document to the end with success; the `Draft`.
    pub async fn draft(&self, document: &str, template: &Value, model: &str) -> Value {
        let generation = self.generate(document, template, model).await;
        let generation = self.ended(&id_of(&generation)).await;
        assert_eq!(generation["status"], "done", "{generation:#}");
        self.current_draft(document).await
    }

    /// The draft as it is now.
    pub async fn current_draft(&self, document: &str) -> Value {
        self.get(&format!("/documents/{document}/draft"))
            .await
            .expect(200)
    }

    /// A blank document with this tree typed into it; its id and the `Draft`.
    pub async fn written(&self, title: &str, tree: &Value) -> (String, Value) {
        let document = self
            .post("/documents")
            .json(&json!({ "title": title }))
            .await
            .expect(201);
        let id = id_of(&document);
        let empty = self.current_draft(&id).await;
        let draft = self.save(&id, &empty["version"], tree).await.expect(200);
        (id, draft)
    }

    /// Saves a tree over a version of the draft.
    pub async fn save(&self, document: &str, version: &Value, tree: &Value) -> Reply {
        self.put(&format!("/documents/{document}/draft"))
            .if_match(version)
            .json(&json!({ "tree": tree }))
            .await
    }

    /// Exports to the end with success; the `Export`.
    pub async fn export(&self, document: &str, format: &str) -> Value {
        let asked = self
            .post(&format!("/documents/export/{document}"))
            .json(&json!({ "format": format }))
            .await;
        assert!(
            matches!(asked.status, 201 | 202),
            "the export answered {}: {}",
            asked.status,
            asked.text()
        );
        let id = id_of(&asked.json());
        let export = eventually("an end of the export", || async {
            let export = self.get(&format!("/exports/{id}")).await.expect(200);
            (export["status"] != "queued").then_some(export)
        })
        .await;
        assert_eq!(export["status"], "ready", "{export:#}");
        export
    }

    /// The bytes behind a presigned address.
    pub async fn download(&self, url: &Value) -> Vec<u8> {
        let url = url.as_str().expect("an address to download from");
        let file = self.anonymous().at(http::Method::GET, url).await;
        assert_eq!(file.status, 200, "{url} answered: {}", file.text());
        file.body.to_vec()
    }
}
