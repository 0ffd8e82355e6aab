//! Shared documents: who may do what, invitations, giving a document away, and finding people.

use carrel_tests::document::{EXTRACTIVE, SCRIPTED_MODEL, id_of, paragraph, tree};
use carrel_tests::samples::{MARKDOWN, NOTES, png};
use carrel_tests::{Backend, Person, Reply, Server, Turn, Upstream, both_databases, eventually};
use futures::future::join_all;
use http::Method;
use serde_json::{Value, json};

both_databases! {
    each_role_may_do_what_it_says_and_nothing_else,
    a_list_shows_own_and_shared_documents_page_by_page,
    pictures_and_exports_go_with_the_part_in_the_document,
    members_come_and_go,
    whoever_is_switched_off_counts_for_nothing,
    an_editor_who_is_removed_writes_nothing_more,
    members_follow_a_draft_being_written_and_only_editors_stop_it,
    an_invitation_waits_for_whoever_reads_mail_at_its_address,
    an_invitation_tells_nothing_about_accounts_and_holds_no_words_of_people,
    a_token_is_good_for_one_person_and_once,
    an_invitation_that_is_closed_stays_closed,
    invitations_and_members_of_one_document_are_no_business_of_another,
    a_document_is_given_away,
    of_giving_away_and_deleting_at_once_one_happens,
    people_find_each_other_as_the_workspace_allows,
    sharing_and_taking_out_are_in_the_audit_trail,
}

async fn share(owner: &Person, document: &str, with: &Person, role: &str) -> Value {
    let path = format!("/documents/{document}/people/{}", with.id);
    let call = owner.put(&path).json(&json!({ "role": role }));
    call.await.expect(200)
}

async fn remove(who: &Person, document: &str, person: &Person) -> Reply {
    let path = format!("/documents/{document}/people/{}", person.id);
    who.delete(&path).await
}

async fn invite(owner: &Person, document: &str, email: &str, role: &str) -> Value {
    let call = owner.post(&format!("/documents/{document}/invitations"));
    let invitation = json!({ "email": email, "role": role });
    call.json(&invitation).await.expect(201)
}

/// The token in the newest mail of a kind to an address.
async fn mailed(server: &Server, kind: &str, to: &str) -> String {
    let administrator = server.administrator().await;
    let mail = eventually("a mail with a link", || async {
        let mails = administrator.all("/admin/mail").await;
        let of_kind = |mail: &Value| mail["kind"] == kind && mail["to"] == to;
        mails.into_iter().find(of_kind)
    })
    .await;
    let text = mail["text"].as_str().expect("its text is shown");
    let (_, token) = text.split_once("#token=").expect("it has a link");
    token.lines().next().expect("a line").to_owned()
}

/// Has a person show that they read mail at their address.
async fn verify(server: &Server, person: &Person) {
    person.post("/auth/verify-email/resend").await;
    let token = mailed(server, "verify", &person.email).await;
    let call = server.visitor().post("/auth/verify-email");
    let reply = call.json(&json!({ "token": token })).await;
    assert!(reply.status < 300, "{}", reply.text());
}

async fn accept(person: &Person, invitation: &Value, token: Option<&str>) -> Reply {
    let path = format!("/invitations/{}/accept", id_of(invitation));
    person.post(&path).json(&json!({ "token": token })).await
}

/// What can be asked about a document.
struct Question {
    method: Method,
    path: String,
    body: Value,
    needs: Needs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Needs {
    Viewer,
    Editor,
    Owner,
}

async fn ask(person: &Person, question: &Question, version: &Value) -> Reply {
    let call = person
        .call(question.method.clone(), &question.path)
        .key(&uuid::Uuid::now_v7().to_string())
        .if_match(version);
    if question.body.is_null() {
        call.await
    } else {
        call.json(&question.body).await
    }
}

/// A document with everything that can be about one.
async fn questions(server: &Server, ada: &Person, stranger: &Person) -> (String, Vec<Question>) {
    let template = json!({ "name": "Letter", "scope": "global", "body": "# Letter\n\n## Costs\n" });
    let administrator = server.administrator().await;
    let template = administrator.post("/templates").json(&template).await;
    let template = template.expect(201);
    let global = template["id"].clone();
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let id = id_of(&document);
    let started = ada.generate(&id, &template, EXTRACTIVE).await;
    let generation = id_of(&ada.ended(&id_of(&started)).await);
    let refine = json!({ "documentId": id, "prompt": "Shorter.", "model": EXTRACTIVE });
    let refined = ada.post("/ai/refine").key("r").json(&refine).await;
    let refinement = id_of(&refined.expect(200));
    let invitation = id_of(&invite(ada, &id, "nobody@example.org", "viewer").await);
    let at = |rest: &str| format!("/documents/{id}{rest}");
    let mut all = Vec::new();
    let mut add = |needs, method: Method, path: String, body: Value| {
        all.push(Question {
            method,
            path,
            body,
            needs,
        });
    };
    for path in [
        at(""),
        at("/source"),
        at("/source/search?q=bus"),
        at("/chunks"),
        at("/draft"),
        at("/revisions"),
        at("/revisions/1"),
        at("/revisions/compare?from=1"),
        at("/refinements"),
        at("/people"),
        format!("/generations/{generation}"),
        format!("/generations/{generation}/events"),
        format!("/ai/refinements/{refinement}"),
    ] {
        add(Needs::Viewer, Method::GET, path, Value::Null);
    }
    let of_it = json!({ "documentId": id });
    let download = "/documents/download-url".to_owned();
    add(Needs::Viewer, Method::POST, download, of_it);
    let (export, docx) = (
        format!("/documents/export/{id}"),
        json!({ "format": "docx" }),
    );
    add(Needs::Viewer, Method::POST, export, docx);
    let draft = json!({ "tree": tree(&[paragraph("Changed")]) });
    let named = json!({ "name": "N" });
    let title = json!({ "title": "T" });
    add(Needs::Editor, Method::PATCH, at(""), title);
    add(Needs::Editor, Method::PUT, at("/draft"), draft);
    add(Needs::Editor, Method::POST, at("/revisions"), named.clone());
    add(Needs::Editor, Method::PATCH, at("/revisions/1"), named);
    let restore = at("/revisions/1/restore");
    add(Needs::Editor, Method::POST, restore, Value::Null);
    add(Needs::Editor, Method::POST, at("/retry"), Value::Null);
    add(Needs::Editor, Method::POST, "/ai/refine".into(), refine);
    let generate = json!({ "documentId": id, "templateId": global, "model": EXTRACTIVE });
    let generating = "/documents/generate".to_owned();
    add(Needs::Editor, Method::POST, generating, generate);
    let cancel = format!("/generations/{generation}/cancel");
    add(Needs::Editor, Method::POST, cancel, Value::Null);
    for decision in ["reject", "accept"] {
        let path = format!("/ai/refinements/{refinement}/{decision}");
        add(Needs::Editor, Method::POST, path, json!({}));
    }
    let person = at(&format!("/people/{}", stranger.id));
    let role = json!({ "role": "editor" });
    add(Needs::Owner, Method::PUT, person.clone(), role);
    add(Needs::Owner, Method::DELETE, person, Value::Null);
    let mail = json!({ "email": "else@example.org", "role": "viewer" });
    add(Needs::Owner, Method::POST, at("/invitations"), mail);
    let waiting = at(&format!("/invitations/{invitation}"));
    add(Needs::Owner, Method::DELETE, waiting, Value::Null);
    let to = json!({ "userId": stranger.id });
    add(Needs::Owner, Method::POST, at("/transfer"), to);
    add(Needs::Owner, Method::POST, at("/undelete"), Value::Null);
    add(Needs::Owner, Method::DELETE, at(""), Value::Null);
    (id, all)
}

async fn each_role_may_do_what_it_says_and_nothing_else(backend: Backend) {
    let server = Server::plan(backend)
        .set("CARREL_LIMITS_PER_ADDRESS_PER_MINUTE", "100000")
        .start()
        .await;
    let (ada, bea) = (server.person("Ada").await, server.person("Bea").await);
    let (vic, eve) = (server.person("Vic").await, server.person("Eve").await);
    let (ivy, rem) = (server.person("Ivy").await, server.person("Rem").await);
    let (id, questions) = questions(&server, &ada, &eve).await;
    share(&ada, &id, &bea, "editor").await;
    share(&ada, &id, &vic, "viewer").await;
    share(&ada, &id, &rem, "editor").await;
    rem.document(&id).await;
    remove(&ada, &id, &rem).await.expect(204);
    verify(&server, &ivy).await;
    invite(&ada, &id, &ivy.email, "editor").await;
    let draft = ada.current_draft(&id).await;

    for question in &questions {
        let (method, path) = (&question.method, &question.path);
        for (who, role) in [(&eve, "a stranger"), (&ivy, "invited"), (&rem, "removed")] {
            let reply = ask(who, question, &draft["version"]).await;
            let answer = reply.text();
            assert_eq!(reply.status, 404, "{role}: {method} {path}: {answer}");
        }
    }
    assert_eq!(ada.current_draft(&id).await, draft, "nothing was changed");
    for (who, role, has) in [
        (&vic, "a viewer", Needs::Viewer),
        (&bea, "an editor", Needs::Editor),
    ] {
        for question in &questions {
            let (method, path) = (&question.method, &question.path);
            let draft = ada.current_draft(&id).await;
            let reply = ask(who, question, &draft["version"]).await;
            let answer = reply.text();
            if question.needs > has {
                assert_eq!(reply.status, 403, "{role}: {method} {path}: {answer}");
                assert_eq!(reply.code(), "forbidden");
                assert_eq!(ada.current_draft(&id).await, draft, "nothing was changed");
                continue;
            }
            // There was nothing to retry, and a proposal is decided once.
            let fine = reply.status < 300
                || matches!(
                    reply.code().as_str(),
                    "nothing_to_retry" | "suggestion_decided"
                );
            assert!(fine, "{role}: {method} {path}: {} {answer}", reply.status);
            if path == "/documents/generate" {
                who.ended(&id_of(&reply.json())).await;
            }
        }
    }
    let document = ada.document(&id).await;
    assert_eq!(
        (&document["role"], &document["shared"]),
        (&json!("owner"), &json!(true))
    );
    let seen = vic.document(&id).await;
    assert_eq!(seen["role"], "viewer");
    assert_eq!(seen["owner"], json!({ "id": ada.id, "name": "Ada" }));

    ada.delete(&format!("/documents/{id}")).await.expect(204);
    for who in [&bea, &vic] {
        who.get(&format!("/documents/{id}")).await.absent();
        assert!(who.all("/documents?trash=true").await.is_empty());
        assert!(who.all("/documents").await.is_empty());
    }
    assert_eq!(ada.all("/documents?trash=true").await.len(), 1);
}

async fn a_list_shows_own_and_shared_documents_page_by_page(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, bea) = (server.person("Ada").await, server.person("Bea").await);
    let mut expected = Vec::new();
    for number in 0..7 {
        let (owner, own) = if number % 2 == 0 {
            (&ada, true)
        } else {
            (&bea, false)
        };
        let title = json!({ "title": format!("Number {number}") });
        let id = id_of(&owner.post("/documents").json(&title).await.expect(201));
        if !own {
            share(&bea, &id, &ada, "viewer").await;
        }
        expected.push((id, own));
    }
    let secret = json!({ "title": "Number 9" });
    bea.post("/documents").json(&secret).await.expect(201);

    for sort in ["title", "created", "updated"] {
        for (filter, wanted) in [
            ("", None),
            ("&shared=mine", Some(true)),
            ("&shared=with-me", Some(false)),
        ] {
            let mut ids: Vec<_> = expected
                .iter()
                .filter(|(_, own)| wanted.is_none_or(|wanted| wanted == *own))
                .map(|(id, _)| id.clone())
                .collect();
            if sort != "title" {
                ids.reverse();
            }
            let mut found = Vec::new();
            let mut cursor = String::new();
            loop {
                let path = format!("/documents?sort={sort}&limit=2{filter}{cursor}");
                let page = ada.get(&path).await.expect(200);
                let items = page["items"].as_array().expect("items");
                assert!(items.len() <= 2);
                found.extend(items.iter().map(id_of));
                let Some(next) = page["nextCursor"].as_str() else {
                    break;
                };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(found, ids, "{sort}{filter}");
        }
    }
    let found = ada.all("/documents?q=number%203").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["role"], "viewer");
    assert_eq!(found[0]["owner"]["name"], "Bea");
    ada.get("/documents?shared=all")
        .await
        .problem(400, "request_malformed");
}

async fn pictures_and_exports_go_with_the_part_in_the_document(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, bea) = (server.person("Ada").await, server.person("Bea").await);
    let picture = ada.post("/images").bytes("image/png", png(2, 2)).await;
    let picture = picture.expect(201);
    let address = format!("/images/{}", id_of(&picture));
    let shown = tree(&[json!({ "type": "image", "attrs": { "src": picture["src"] } })]);
    let (id, _) = ada.written("With a picture", &shown).await;
    bea.get(&address).await.absent();
    share(&ada, &id, &bea, "editor").await;
    assert_eq!(bea.get(&address).await.status, 200);
    let draft = bea.current_draft(&id).await;
    let more = tree(&[
        paragraph("More"),
        json!({ "type": "image", "attrs": { "src": picture["src"] } }),
    ]);
    bea.save(&id, &draft["version"], &more).await.expect(200);
    let export = bea.export(&id, "pdf").await;
    let export = format!("/exports/{}", id_of(&export));
    ada.get(&export).await.absent();

    remove(&ada, &id, &bea).await.expect(204);
    bea.get(&address).await.absent();
    bea.get(&export).await.absent();
    assert!(bea.all("/exports").await.is_empty());
}

async fn members_come_and_go(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, bea) = (server.person("Ada").await, server.person("Bea").await);
    let (id, _) = ada.written("Plan", &tree(&[paragraph("One")])).await;
    assert_eq!(ada.document(&id).await["shared"], false);
    let people = share(&ada, &id, &bea, "viewer").await;
    assert_eq!(people["owner"]["name"], "Ada");
    assert_eq!(
        people["members"][0]["user"],
        json!({ "id": bea.id, "name": "Bea" })
    );
    let people = share(&ada, &id, &bea, "editor").await;
    assert_eq!(people["members"].as_array().map(Vec::len), Some(1));
    assert_eq!(people["members"][0]["role"], "editor");

    let path = |person: &str| format!("/documents/{id}/people/{person}");
    let role = json!({ "role": "editor" });
    let nobody = uuid::Uuid::now_v7().to_string();
    ada.put(&path(&nobody))
        .json(&role)
        .await
        .problem(404, "not_found");
    ada.put(&path(&ada.id))
        .json(&role)
        .await
        .problem(409, "owner_stays");
    let owner = json!({ "role": "owner" });
    assert!(matches!(
        ada.put(&path(&bea.id)).json(&owner).await.status,
        400 | 422
    ));
    ada.delete(&path(&ada.id)).await.problem(409, "owner_stays");
    ada.delete(&path(&nobody)).await.problem(404, "not_found");

    remove(&bea, &id, &bea).await.expect(204);
    bea.get(&format!("/documents/{id}")).await.absent();
    remove(&bea, &id, &bea).await.absent();
    assert_eq!(ada.document(&id).await["shared"], false);
}

async fn whoever_is_switched_off_counts_for_nothing(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, bea) = (server.person("Ada").await, server.person("Bea").await);
    let (id, _) = ada.written("Plan", &tree(&[paragraph("One")])).await;
    share(&ada, &id, &bea, "editor").await;
    let administrator = server.administrator().await;
    let person = format!("/admin/people/{}", bea.id);
    let off = json!({ "disabled": true });
    administrator.patch(&person).json(&off).await.expect(200);
    let people = ada
        .get(&format!("/documents/{id}/people"))
        .await
        .expect(200);
    assert_eq!(people["members"], json!([]));
    let to = json!({ "userId": bea.id });
    let transfer = format!("/documents/{id}/transfer");
    ada.post(&transfer)
        .json(&to)
        .await
        .problem(404, "not_found");
    assert_eq!(ada.get("/people?q=Bea").await.expect(200), json!([]));
}

async fn an_editor_who_is_removed_writes_nothing_more(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let (ada, bea) = (server.person("Ada").await, server.person("Bea").await);
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let id = id_of(&document);
    share(&ada, &id, &bea, "editor").await;
    let template = bea.template("Letter", "# Letter\n\n## Costs\n", &[]).await;
    upstream.next(Turn::Held("Written by someone who is gone".into()));
    let generation = id_of(&bea.generate(&id, &template, SCRIPTED_MODEL).await);
    let events = format!("/generations/{generation}/events");
    let mut stream = bea.get(&events).events().await;
    stream.until("text").await;

    remove(&ada, &id, &bea).await.expect(204);
    let saved = bea.save(&id, &json!(0), &tree(&[paragraph("Mine")])).await;
    saved.absent();
    bea.get(&format!("/generations/{generation}"))
        .await
        .absent();
    let last = stream.to_the_end().await.pop().expect("an end");
    assert_eq!(last.name, "error");
    assert_eq!(last.data["code"], "not_found");
    upstream.release();
    let ended = ada.ended(&generation).await;
    assert_eq!(ended["status"], "failed", "{ended}");
    let draft = ada.get(&format!("/documents/{id}/draft")).await;
    draft.problem(404, "draft_missing");
}

async fn members_follow_a_draft_being_written_and_only_editors_stop_it(backend: Backend) {
    let server = Server::start(backend).await;
    let upstream = Upstream::open_ai().await;
    server.offer(&upstream).await;
    let (ada, bea) = (server.person("Ada").await, server.person("Bea").await);
    let vic = server.person("Vic").await;
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let id = id_of(&document);
    share(&ada, &id, &bea, "editor").await;
    share(&ada, &id, &vic, "viewer").await;
    let template = ada.template("Letter", "# Letter\n\n## Costs\n", &[]).await;
    upstream.next(Turn::Held("A long letter".into()));
    let generation = id_of(&ada.generate(&id, &template, SCRIPTED_MODEL).await);
    let path = format!("/generations/{generation}");
    let mut stream = vic.get(&format!("{path}/events")).events().await;
    stream.until("text").await;
    assert_eq!(
        vic.document(&id).await["activeGenerationId"],
        json!(generation)
    );
    let listed = vic.all(&format!("/generations?subjectId={id}")).await;
    assert_eq!(listed.len(), 1);
    assert!(vic.all("/generations").await.is_empty());
    let refused = vic.post(&format!("{path}/cancel")).await;
    refused.problem(403, "forbidden");
    bea.post(&format!("{path}/cancel")).await.expect(202);
    let ended = ada.ended(&generation).await;
    assert_eq!(ended["status"], "cancelled", "{ended}");
    upstream.release();
}

async fn an_invitation_waits_for_whoever_reads_mail_at_its_address(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let (id, _) = ada.written("Plan", &tree(&[paragraph("One")])).await;
    let invitation = invite(&ada, &id, " IVY@Example.org ", "editor").await;
    assert_eq!(invitation["email"], "ivy@example.org");
    assert_eq!(invitation["state"], "pending");
    assert_eq!(ada.document(&id).await["shared"], true);

    // The account comes after the invitation, and counts for nothing until the address is verified.
    let ivy = server.person("Ivy").await;
    assert_eq!(ivy.get("/invitations").await.expect(200), json!([]));
    accept(&ivy, &invitation, None).await.absent();
    verify(&server, &ivy).await;
    let waiting = ivy.get("/invitations").await.expect(200);
    assert_eq!(waiting[0]["id"], invitation["id"]);
    assert_eq!(waiting[0]["documentTitle"], "Plan");
    assert_eq!(waiting[0]["invitedBy"]["name"], "Ada");
    assert_eq!(waiting[0]["role"], "editor");
    let document = accept(&ivy, &invitation, None).await.expect(200);
    assert_eq!(document["role"], "editor");
    assert_eq!(ivy.get("/invitations").await.expect(200), json!([]));
    let people = ada
        .get(&format!("/documents/{id}/people"))
        .await
        .expect(200);
    assert_eq!(people["invitations"][0]["state"], "accepted");
    assert_eq!(people["members"][0]["user"]["name"], "Ivy");
    let people = ivy
        .get(&format!("/documents/{id}/people"))
        .await
        .expect(200);
    assert_eq!(
        people["invitations"],
        json!([]),
        "only the owner sees addresses"
    );

    // Who is an editor stays one.
    let lesser = invite(&ada, &id, &ivy.email, "viewer").await;
    let document = accept(&ivy, &lesser, None).await.expect(200);
    assert_eq!(document["role"], "editor");
}

async fn an_invitation_tells_nothing_about_accounts_and_holds_no_words_of_people(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    server.person("Bea").await;
    let (id, _) = ada
        .written("Click http://evil.example", &tree(&[paragraph("One")]))
        .await;
    let known = invite(&ada, &id, "bea@example.org", "viewer").await;
    let unknown = invite(&ada, &id, "nobody@example.org", "viewer").await;
    let fields = |one: &Value| {
        let mut one = one.clone();
        for own in ["id", "email", "createdAt", "expiresAt"] {
            one[own] = Value::Null;
        }
        one
    };
    assert_eq!(fields(&known), fields(&unknown));
    let mails = server.administrator().await.all("/admin/mail").await;
    let mails: Vec<_> = mails
        .iter()
        .filter(|mail| mail["kind"] == "invitation")
        .collect();
    assert_eq!(mails.len(), 2);
    for mail in mails {
        let text = format!("{} {}", mail["subject"], mail["text"]);
        assert!(!text.contains("Ada") && !text.contains("evil"), "{text}");
        assert!(text.contains("/invitations#token="), "{text}");
    }
    let wrong = json!({ "email": "no address", "role": "viewer" });
    let path = format!("/documents/{id}/invitations");
    ada.post(&path)
        .json(&wrong)
        .await
        .problem(422, "validation_failed");
}

async fn a_token_is_good_for_one_person_and_once(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let (bea, eve) = (server.person("Bea").await, server.person("Eve").await);
    for round in 0..4 {
        let (id, _) = ada.written("Plan", &tree(&[paragraph("One")])).await;
        let email = format!("someone{round}@example.org");
        let invitation = invite(&ada, &id, &email, "viewer").await;
        let token = mailed(&server, "invitation", &email).await;
        let look = || {
            server
                .visitor()
                .post("/invitations/by-token")
                .json(&json!({ "token": token }))
        };
        let found = look().await.expect(200);
        assert_eq!(found["id"], invitation["id"]);
        assert_eq!(found["documentTitle"], "Plan");
        accept(&bea, &invitation, None).await.absent();
        accept(&bea, &invitation, Some("wrong")).await.absent();
        let both = [&bea, &eve].map(|one| accept(one, &invitation, Some(&token)));
        let mut statuses: Vec<_> = join_all(both).await.iter().map(|one| one.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "round {round}");
        let people = ada
            .get(&format!("/documents/{id}/people"))
            .await
            .expect(200);
        assert_eq!(people["members"].as_array().map(Vec::len), Some(1));
        look().await.problem(409, "invitation_closed");
    }
}

async fn an_invitation_that_is_closed_stays_closed(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, ivy) = (server.person("Ada").await, server.person("Ivy").await);
    verify(&server, &ivy).await;
    let (id, _) = ada.written("Plan", &tree(&[paragraph("One")])).await;
    let states = || async {
        let people = ada
            .get(&format!("/documents/{id}/people"))
            .await
            .expect(200);
        let all = people["invitations"].as_array().expect("a list").clone();
        all.iter()
            .map(|one| one["state"].clone())
            .collect::<Vec<_>>()
    };
    for state in ["declined", "revoked", "expired"] {
        let invitation = invite(&ada, &id, &ivy.email, "editor").await;
        let token = mailed(&server, "invitation", &ivy.email).await;
        let number = id_of(&invitation);
        match state {
            "declined" => {
                let path = format!("/invitations/{number}/decline");
                ivy.post(&path).json(&json!({})).await.expect(204);
                ivy.post(&path)
                    .json(&json!({}))
                    .await
                    .problem(409, "invitation_closed");
            }
            "revoked" => {
                let path = format!("/documents/{id}/invitations/{number}");
                ada.delete(&path).await.expect(204);
                ada.delete(&path).await.problem(409, "invitation_closed");
            }
            _ => {
                let sql = "UPDATE document_invitations SET expires_at = created_at WHERE state = 'pending'";
                server.storage().await.change(sql, &[]).await;
            }
        }
        assert_eq!(states().await[0], state);
        assert_eq!(ivy.get("/invitations").await.expect(200), json!([]));
        let closed = "invitation_closed";
        accept(&ivy, &invitation, None).await.problem(409, closed);
        accept(&ivy, &invitation, Some(&token))
            .await
            .problem(409, closed);
        let look = server.visitor().post("/invitations/by-token");
        let look = look.json(&json!({ "token": token })).await;
        look.problem(409, closed);
        ivy.get(&format!("/documents/{id}")).await.absent();
    }
    // A new one in the place of one that waits.
    let first = invite(&ada, &id, &ivy.email, "viewer").await;
    let second = invite(&ada, &id, &ivy.email, "viewer").await;
    accept(&ivy, &first, None)
        .await
        .problem(409, "invitation_closed");
    accept(&ivy, &second, None).await.expect(200);
}

async fn invitations_and_members_of_one_document_are_no_business_of_another(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, eve) = (server.person("Ada").await, server.person("Eve").await);
    let bea = server.person("Bea").await;
    let (id, _) = ada.written("Plan", &tree(&[paragraph("One")])).await;
    let (own, _) = eve.written("Own", &tree(&[paragraph("One")])).await;
    share(&ada, &id, &bea, "viewer").await;
    let invitation = id_of(&invite(&ada, &id, "ivy@example.org", "viewer").await);
    // Through a document of her own.
    eve.delete(&format!("/documents/{own}/invitations/{invitation}"))
        .await
        .absent();
    eve.delete(&format!("/documents/{own}/people/{}", bea.id))
        .await
        .absent();
    eve.delete(&format!("/documents/{id}/invitations/{invitation}"))
        .await
        .absent();
    for decision in ["accept", "decline"] {
        let path = format!("/invitations/{invitation}/{decision}");
        eve.post(&path).json(&json!({})).await.absent();
    }
    let people = ada
        .get(&format!("/documents/{id}/people"))
        .await
        .expect(200);
    assert_eq!(people["invitations"][0]["state"], "pending");
    assert_eq!(people["members"].as_array().map(Vec::len), Some(1));
    let unknown = server.visitor().post("/invitations/by-token");
    unknown.json(&json!({ "token": "x" })).await.absent();
}

async fn a_document_is_given_away(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, bea) = (server.person("Ada").await, server.person("Bea").await);
    let (id, _) = ada.written("Plan", &tree(&[paragraph("One")])).await;
    share(&ada, &id, &bea, "viewer").await;
    let transfer = |to: &Person| json!({ "userId": to.id });
    let path = format!("/documents/{id}/transfer");
    ada.post(&path)
        .json(&transfer(&ada))
        .await
        .problem(422, "validation_failed");
    let given = ada.post(&path).json(&transfer(&bea)).await.expect(200);
    assert_eq!(
        (&given["role"], &given["owner"]["name"]),
        (&json!("editor"), &json!("Bea"))
    );
    ada.post(&path)
        .json(&transfer(&ada))
        .await
        .problem(403, "forbidden");
    ada.delete(&format!("/documents/{id}"))
        .await
        .problem(403, "forbidden");
    let people = bea
        .get(&format!("/documents/{id}/people"))
        .await
        .expect(200);
    assert_eq!(people["members"].as_array().map(Vec::len), Some(1));
    assert_eq!(people["members"][0]["user"]["name"], "Ada");
    remove(&bea, &id, &ada).await.expect(204);
    ada.get(&format!("/documents/{id}")).await.absent();
    assert_eq!(bea.all("/documents?shared=mine").await.len(), 1);
}

async fn of_giving_away_and_deleting_at_once_one_happens(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, bea) = (server.person("Ada").await, server.person("Bea").await);
    for round in 0..8 {
        let (id, _) = ada.written("Plan", &tree(&[paragraph("One")])).await;
        let path = format!("/documents/{id}");
        let to = json!({ "userId": bea.id });
        let (given, deleted) = tokio::join!(
            async { ada.post(&format!("{path}/transfer")).json(&to).await },
            async { ada.delete(&path).await },
        );
        let statuses = (given.status, deleted.status);
        match statuses {
            (200, 403) => {
                let document = bea.document(&id).await;
                assert!(document["deletedAt"].is_null(), "round {round}");
                assert_eq!(document["role"], "owner");
            }
            (404, 204) => {
                bea.get(&path).await.absent();
                assert_eq!(ada.document(&id).await["role"], "owner");
            }
            _ => panic!("round {round}: {statuses:?}"),
        }
    }
}

async fn people_find_each_other_as_the_workspace_allows(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, bea) = (server.person("Ada").await, server.person("Beatrix").await);
    let found = |q: &'static str| {
        let ada = ada.clone();
        async move { ada.get(&format!("/people?q={q}")).await.expect(200) }
    };
    let one = json!([{ "id": bea.id, "name": "Beatrix" }]);
    assert_eq!(found("eatr").await, one);
    assert_eq!(found("b").await, json!([]), "one letter is not enough");
    assert_eq!(found("Ada").await, json!([]), "oneself is not offered");
    assert_eq!(
        found("beatrix@example.org").await,
        json!([]),
        "not verified"
    );
    verify(&server, &bea).await;
    assert_eq!(found("Beatrix@Example.org").await, one);
    assert_eq!(found("beatrix@example").await, json!([]));
    let administrator = server.administrator().await;
    let mut settings = administrator.get("/admin/settings").await.expect(200);
    settings["peopleDirectory"] = json!(false);
    administrator
        .put("/admin/settings")
        .json(&settings)
        .await
        .expect(200);
    assert_eq!(found("eatr").await, json!([]));
    assert_eq!(found("beatrix@example.org").await, one);
}

async fn sharing_and_taking_out_are_in_the_audit_trail(backend: Backend) {
    let server = Server::start(backend).await;
    let (ada, bea) = (server.person("Ada").await, server.person("Bea").await);
    let document = ada
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let id = id_of(&document);
    share(&ada, &id, &bea, "editor").await;
    invite(&ada, &id, "ivy@example.org", "viewer").await;
    let download = json!({ "documentId": id });
    ada.post("/documents/download-url")
        .json(&download)
        .await
        .expect(200);
    let draft = json!({ "tree": tree(&[paragraph("One")]) });
    let saved = ada
        .put(&format!("/documents/{id}/draft"))
        .if_match(&json!(0));
    saved.json(&draft).await.expect(200);
    ada.export(&id, "pdf").await;
    let to = json!({ "userId": bea.id });
    ada.post(&format!("/documents/{id}/transfer"))
        .json(&to)
        .await
        .expect(200);
    bea.delete(&format!("/documents/{id}")).await.expect(204);
    let administrator = server.administrator().await;
    let events = administrator
        .all(&format!("/audit?targetKind=document&targetId={id}"))
        .await;
    let mut actions: Vec<_> = events
        .iter()
        .filter(|event| event["outcome"] == "done")
        .map(|event| event["action"].as_str().expect("a name").to_owned())
        .collect();
    actions.reverse();
    let expected = [
        "document.shared",
        "document.shared",
        "document.downloaded",
        "document.exported",
        "document.transferred",
        "document.deleted",
    ];
    assert_eq!(actions, expected);
    let told = serde_json::to_string(&events).expect("JSON");
    assert!(!told.contains("ivy@example.org"), "{told}");
}
