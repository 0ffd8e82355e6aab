//! How the server answers: problems, headers, health, retries of the same request, lists.

use carrel_tests::document::id_of;
use carrel_tests::{Backend, Server, both_databases};
use http::Method;
use serde_json::{Value, json};

both_databases! {
    every_error_is_a_problem_with_a_code_and_a_request_id,
    pages_and_answers_carry_the_headers_that_keep_browsers_safe,
    health_readiness_and_figures_are_there_for_machines,
    the_description_of_the_api_is_served,
    a_repeated_request_with_its_key_is_done_once,
    a_list_is_read_page_by_page_without_gaps,
    settings_are_checked_and_kept,
    the_status_tells_what_is_configured,
    usage_is_empty_before_any_model_was_called,
}

async fn every_error_is_a_problem_with_a_code_and_a_request_id(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    ada.get("/nowhere").await.problem(404, "not_found");
    ada.get("/documents/not-an-id")
        .await
        .problem(404, "not_found");
    ada.delete("/documents")
        .await
        .problem(405, "method_not_allowed");
    ada.post("/documents")
        .bytes("application/json", "{\"title\":")
        .await
        .problem(400, "request_malformed");
    ada.post("/documents")
        .bytes("text/plain", "{\"title\":\"t\"}")
        .await
        .problem(400, "request_malformed");
    ada.post("/documents")
        .json(&json!({ "title": 7 }))
        .await
        .problem(422, "validation_failed");
    ada.get("/documents?cursor=nonsense")
        .await
        .problem(400, "cursor_invalid");
    let long = json!({ "title": "x".repeat(11 * 1024 * 1024) });
    ada.post("/documents")
        .json(&long)
        .await
        .problem(413, "body_too_large");

    let reply = ada
        .get("/nowhere")
        .header("x-request-id", "my-own-request-1")
        .await;
    assert_eq!(
        reply.problem(404, "not_found")["requestId"],
        "my-own-request-1"
    );
    assert_eq!(reply.header("x-request-id"), Some("my-own-request-1"));
    assert!(
        ada.get("/auth/me")
            .await
            .header("x-request-id")
            .is_some_and(|id| id.len() >= 8)
    );
}

async fn pages_and_answers_carry_the_headers_that_keep_browsers_safe(backend: Backend) {
    let server = Server::start(backend).await;
    let visitor = server.visitor();
    let api = visitor.get("/setup").await;
    assert_eq!(api.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(api.header("cache-control"), Some("no-store"));
    assert!(
        api.header("content-security-policy")
            .is_some_and(|policy| policy.contains("default-src 'none'"))
    );

    for path in ["/", "/documents", "/sign-in"] {
        let page = visitor.at(Method::GET, path).await;
        assert_eq!(page.status, 200, "the web app answers {path}");
        assert!(
            page.header("content-type")
                .is_some_and(|kind| kind.starts_with("text/html")),
            "{path}"
        );
        let policy = page
            .header("content-security-policy")
            .expect("a content security policy");
        let scripts = policy
            .split(';')
            .map(str::trim)
            .find(|rule| rule.starts_with("script-src"))
            .expect("a rule for scripts");
        assert!(
            !scripts.contains("unsafe") && !scripts.contains('*') && scripts.contains("'self'"),
            "{scripts}"
        );
        assert!(
            policy.contains("frame-ancestors 'none'")
                && (policy.contains("default-src 'self'") || policy.contains("default-src 'none'")),
            "{policy}"
        );
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert!(
            !page.text().contains("__CSP_NONCE__"),
            "the nonce is filled in"
        );
    }
    let first = visitor
        .at(Method::GET, "/")
        .await
        .header("content-security-policy")
        .map(str::to_owned);
    let second = visitor
        .at(Method::GET, "/")
        .await
        .header("content-security-policy")
        .map(str::to_owned);
    assert_ne!(first, second, "a nonce is used once");
    assert_eq!(
        visitor.at(Method::GET, "/assets/missing.js").await.status,
        404
    );
    for path in [
        "/../Cargo.toml",
        "/..%2f..%2fetc%2fpasswd",
        "/assets/..%2f..%2fCargo.toml",
    ] {
        assert!(
            !visitor
                .at(Method::GET, path)
                .await
                .text()
                .contains("[workspace]"),
            "{path}"
        );
    }
}

async fn health_readiness_and_figures_are_there_for_machines(backend: Backend) {
    let server = Server::start(backend).await;
    let visitor = server.visitor();
    assert_eq!(
        visitor.at(Method::GET, "/health").await.expect(200)["status"],
        "ok"
    );
    visitor.at(Method::GET, "/health/db").await.expect(200);
    visitor.at(Method::GET, "/ready").await.expect(200);
    let figures = visitor.at(Method::GET, "/metrics").await;
    assert_eq!(figures.status, 200);
    assert!(
        figures.text().contains("carrel_http_requests_total"),
        "{}",
        figures.text()
    );
}

async fn the_description_of_the_api_is_served(backend: Backend) {
    let server = Server::start(backend).await;
    let description = server.visitor().get("/openapi.json").await.expect(200);
    assert!(
        description["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
    for path in [
        "/documents/upload-url",
        "/documents/ingest",
        "/documents/generate",
        "/ai/refine",
        "/auth/login",
        "/exports",
    ] {
        let known = [format!("/api/v1{path}"), path.to_owned()]
            .iter()
            .any(|path| description["paths"].get(path).is_some());
        assert!(known, "{path} is described");
    }
    for name in [
        "Document",
        "Draft",
        "Generation",
        "Refinement",
        "Export",
        "Template",
        "Problem",
    ] {
        assert!(
            description["components"]["schemas"].get(name).is_some(),
            "{name} is described"
        );
    }
}

async fn a_repeated_request_with_its_key_is_done_once(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let make = |key: &str, title: &str| {
        ada.post("/documents")
            .key(key)
            .json(&json!({ "title": title }))
    };
    let first = make("key-1", "Report").await;
    let again = make("key-1", "Report").await;
    assert_eq!(first.expect(201), again.expect(201));
    assert_eq!(
        (
            first.header("idempotency-replayed"),
            again.header("idempotency-replayed")
        ),
        (None, Some("true"))
    );
    make("key-1", "Another")
        .await
        .problem(422, "idempotency_key_reused");
    let eve = server.person("Eve").await;
    let others = eve
        .post("/documents")
        .key("key-1")
        .json(&json!({ "title": "Report" }))
        .await;
    assert_ne!(
        id_of(&others.expect(201)),
        id_of(&first.json()),
        "a key belongs to its person"
    );
    ada.post("/documents")
        .key(&"k".repeat(256))
        .json(&json!({ "title": "x" }))
        .await
        .problem(400, "idempotency_key_invalid");
    assert_eq!(ada.all("/documents").await.len(), 1);

    let at_once =
        futures::future::join_all((0..8).map(|_| async { make("key-2", "At once").await })).await;
    for reply in &at_once {
        assert!(
            reply.status == 201 || reply.code() == "idempotency_in_progress",
            "{}",
            reply.text()
        );
    }
    assert_eq!(ada.all("/documents").await.len(), 2);
}

async fn a_list_is_read_page_by_page_without_gaps(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    for number in 0..7 {
        ada.post("/documents")
            .json(&json!({ "title": format!("Report {number}") }))
            .await
            .expect(201);
    }
    for sort in ["updated", "created", "title"] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = ada
                .get(&format!("/documents?sort={sort}&limit=3{cursor}"))
                .await
                .expect(200);
            let items = page["items"].as_array().expect("items");
            assert!((1..=3).contains(&items.len()));
            seen.extend(
                items
                    .iter()
                    .map(|item| item["title"].as_str().unwrap_or_default().to_owned()),
            );
            let Some(next) = page["nextCursor"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        let ordered: Vec<_> = (0..7).map(|number| format!("Report {number}")).collect();
        let newest_first: Vec<_> = ordered.iter().rev().cloned().collect();
        assert_eq!(
            seen,
            if sort == "title" {
                ordered
            } else {
                newest_first
            },
            "sorted by {sort}"
        );
    }
    assert_eq!(
        ada.get("/documents?q=report%203").await.expect(200)["items"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(
        ada.get("/documents?status=failed").await.expect(200)["items"],
        json!([])
    );
    for limit in ["0", "201", "-1", "many"] {
        let reply = ada.get(&format!("/documents?limit={limit}")).await;
        assert!(
            matches!(reply.status, 200 | 400 | 422),
            "limit={limit}: {}",
            reply.text()
        );
        if reply.status == 200 {
            assert!(
                reply.json()["items"]
                    .as_array()
                    .is_some_and(|items| items.len() <= 200)
            );
        }
    }
}

async fn settings_are_checked_and_kept(backend: Backend) {
    let mut server = Server::start(backend).await;
    let administrator = server.administrator().await.clone();
    let mut settings = administrator.get("/admin/settings").await.expect(200);
    assert_eq!(
        (
            &settings["uploadRetentionDays"],
            &settings["exportRetentionDays"]
        ),
        (&json!(30), &json!(14))
    );
    settings["appName"] = json!("Harbour School");
    settings["exportRetentionDays"] = json!(3);
    administrator
        .put("/admin/settings")
        .json(&settings)
        .await
        .expect(200);
    server.kill().await;
    server.restart().await;
    assert_eq!(
        administrator.get("/admin/settings").await.expect(200),
        settings
    );
    assert_eq!(
        server.visitor().get("/setup").await.expect(200)["appName"],
        "Harbour School"
    );
    for (field, value) in [
        ("appName", json!("")),
        ("uploadRetentionDays", json!(0)),
        ("currency", json!("euros")),
    ] {
        let mut wrong = settings.clone();
        wrong[field] = value;
        let problem = administrator
            .put("/admin/settings")
            .json(&wrong)
            .await
            .problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["field"], field);
    }
}

async fn the_status_tells_what_is_configured(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let status = ada.get("/status").await.expect(200);
    let database = match backend {
        Backend::Sqlite => "sqlite",
        Backend::Postgres => "postgres",
    };
    assert_eq!(status["database"], database);
    assert_eq!(
        (
            &status["objects"],
            &status["modelConfigured"],
            &status["devMode"]
        ),
        (&json!("file"), &json!(false), &json!(false))
    );
    ada.post("/testdata/seed")
        .json(&json!({}))
        .await
        .problem(404, "not_found");
}

async fn usage_is_empty_before_any_model_was_called(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let usage = ada.get("/usage?days=30").await.expect(200);
    assert_eq!(
        (&usage["calls"], &usage["costMicros"]),
        (&json!(0), &json!(0))
    );
    assert_ne!(usage["from"], Value::Null);
}
