//! The headers that keep browsers safe, on every kind of answer, and the cookie; and what a browser must say before
//! a request of it changes anything.

use carrel_tests::samples::{MARKDOWN, NOTES};
use carrel_tests::{Backend, Client, Reply, Server, both_databases};
use http::Method;
use serde_json::json;

const PUBLIC_URL: &str = "CARREL_PUBLIC_URL";
const OURS: &str = "https://carrel.example.org";

both_databases! {
    every_kind_of_answer_carries_the_headers_that_keep_browsers_safe,
    under_https_browsers_are_told_to_stay_and_the_cookie_is_bound_to_the_host,
    a_browser_must_say_that_a_change_comes_from_our_own_page,
    a_configured_address_is_the_only_page_that_is_believed,
    programs_with_a_token_or_key_are_not_asked_for_a_page,
}

/// One answer of each kind: JSON, page, file of the web app, object, and errors of all of them.
async fn answers(server: &Server) -> Vec<(&'static str, Reply)> {
    let administrator = server.administrator().await;
    let visitor = server.visitor();
    let document = administrator
        .upload_and_extract("notes.md", MARKDOWN, NOTES.as_bytes())
        .await;
    let link = administrator
        .post("/documents/download-url")
        .json(&json!({ "documentId": document["id"] }))
        .await
        .expect(200);
    let object = link["url"].as_str().expect("a link").to_owned();
    let page = visitor.at(Method::GET, "/").await;
    let text = page.text();
    let asset = text
        .split('"')
        .find(|part| part.starts_with("/assets/"))
        .unwrap_or("/favicon.svg")
        .to_owned();
    let get = async |path: &str| visitor.at(Method::GET, path).await;
    vec![
        ("an answer", administrator.get("/auth/me").await),
        (
            "an answer without a body",
            visitor.post("/auth/logout").await,
        ),
        ("the description", visitor.get("/openapi.json").await),
        ("a refusal", visitor.get("/auth/me").await),
        ("an unknown address", visitor.get("/nowhere").await),
        ("a wrong method", administrator.delete("/documents").await),
        (
            "a body that can't be read",
            visitor
                .post("/auth/login")
                .bytes("application/json", "{")
                .await,
        ),
        ("a page", page),
        ("another page", get("/documents").await),
        ("a file of the web app", get(&asset).await),
        ("a missing file", get("/assets/missing.js").await),
        ("an object", get(&object).await),
        (
            "a wrong link",
            get(&object.replace("signature=", "signature=x")).await,
        ),
        ("a missing object", get("/objects/nothing").await),
        ("health", get("/health").await),
        ("figures", get("/metrics").await),
    ]
}

async fn every_kind_of_answer_carries_the_headers_that_keep_browsers_safe(backend: Backend) {
    let server = Server::start(backend).await;
    for (kind, reply) in answers(&server).await {
        let header = |name: &str| {
            reply
                .header(name)
                .unwrap_or_else(|| panic!("{kind} ({}) has no {name}", reply.status))
        };
        let policy = header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'")
                && policy.contains("frame-ancestors 'none'")
                && policy.contains("base-uri 'none'"),
            "{kind}: {policy}"
        );
        for loose in [
            "unsafe-inline",
            "unsafe-eval",
            "unsafe-hashes",
            "*",
            "http:",
            "https:",
        ] {
            assert!(!policy.contains(loose), "{kind} allows {loose}: {policy}");
        }
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(header(name), value, "{kind}: {name}");
        }
        for feature in ["camera", "microphone", "geolocation"] {
            let denied = format!("{feature}=()");
            assert!(header("permissions-policy").contains(&denied), "{kind}");
        }
        assert!(!header("x-request-id").is_empty());
        assert_eq!(reply.header("strict-transport-security"), None, "{kind}");
        assert_eq!(reply.header("access-control-allow-origin"), None, "{kind}");
        assert_eq!(reply.header("server"), None, "{kind}");
        let cached = header("cache-control");
        if kind == "a file of the web app" {
            assert!(cached.starts_with("public"), "{cached}");
        } else {
            assert_eq!(cached, "no-store", "{kind}");
        }
    }
}

async fn under_https_browsers_are_told_to_stay_and_the_cookie_is_bound_to_the_host(
    backend: Backend,
) {
    let server = Server::plan(backend).set(PUBLIC_URL, OURS).start().await;
    for (kind, reply) in answers(&server).await {
        let told = reply.header("strict-transport-security");
        assert_eq!(told, Some("max-age=31536000"), "{kind}");
    }
    let ada = server.person("Ada").await;
    let details = json!({ "email": ada.email, "password": ada.password, "transport": "cookie" });
    let reply = server.visitor().post("/auth/login").json(&details).await;
    let set = reply.header("set-cookie").expect("a cookie");
    assert!(set.starts_with("__Host-carrel_session="), "{set}");
    let attributes: Vec<_> = set
        .split(';')
        .skip(1)
        .map(|attribute| attribute.trim().to_lowercase())
        .collect();
    for needed in ["secure", "httponly", "path=/", "samesite=lax"] {
        assert!(attributes.iter().any(|found| found == needed), "{set}");
    }
    assert!(
        !attributes.iter().any(|found| found.starts_with("domain")),
        "{set}"
    );
    let cookie = reply.cookie().expect("a cookie");
    let browser = server.visitor().with_cookie(&cookie);
    browser.get("/auth/me").await.expect(200);
    // A neighbour under the same domain can set a cookie without the prefix, which says nothing here.
    let planted = cookie.replace("__Host-", "");
    let planted = server.visitor().with_cookie(&planted);
    planted
        .get("/auth/me")
        .await
        .problem(401, "unauthenticated");
}

/// A browser that Ada is signed in with.
async fn browser(server: &Server) -> Client {
    let ada = server.person("Ada").await;
    let details = json!({ "email": ada.email, "password": ada.password, "transport": "cookie" });
    let reply = server.visitor().post("/auth/login").json(&details).await;
    reply.expect(200);
    server
        .visitor()
        .with_cookie(&reply.cookie().expect("a cookie"))
}

async fn change(client: &Client, headers: &[(&str, &str)]) -> Reply {
    let call = client
        .patch("/auth/me")
        .json(&json!({ "name": "Ada Lovelace" }));
    headers
        .iter()
        .fold(call, |call, (name, value)| call.header(name, value))
        .await
}

async fn a_browser_must_say_that_a_change_comes_from_our_own_page(backend: Backend) {
    let server = Server::start(backend).await;
    let browser = browser(&server).await;
    let own = server.address();
    let own_host = own.replace("http://", "https://");
    for said in [
        &[("origin", own.as_str())][..],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "same-origin"), ("origin", &own)],
        // Behind a proxy that takes https, the page's scheme is not the one that we are asked by.
        &[("origin", &own_host)],
    ] {
        change(&browser, said).await.expect(200);
    }
    for said in [
        &[][..],
        &[("referer", own.as_str())],
        &[("origin", "null")],
        &[("origin", "https://evil.example")],
        &[("origin", "http://127.0.0.1")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://evil.example"),
        ],
        &[("sec-fetch-site", "cross-site"), ("origin", &own)],
    ] {
        change(&browser, said)
            .await
            .problem(403, "cross_site_refused");
    }
    browser.get("/auth/me").await.expect(200);

    // Nobody is signed in by another site's page, with a cookie or without.
    let details = json!({ "email": "ada@example.org", "password": carrel_tests::person::PASSWORD });
    let visitor = server.visitor();
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let login = visitor.post("/auth/login").header(name, value);
        login
            .json(&details)
            .await
            .problem(403, "cross_site_refused");
    }
    visitor.post("/auth/login").json(&details).await.expect(200);
}

async fn a_configured_address_is_the_only_page_that_is_believed(backend: Backend) {
    let server = Server::plan(backend).set(PUBLIC_URL, OURS).start().await;
    let browser = browser(&server).await;
    let host = server.address();
    change(&browser, &[("origin", OURS)]).await.expect(200);
    for wrong in [
        host.as_str(),
        "http://carrel.example.org",
        "https://carrel.example.org:8443",
        "https://evil.example",
        "https://carrel.example.org.evil.example",
    ] {
        let refused = change(&browser, &[("origin", wrong)]).await;
        refused.problem(403, "cross_site_refused");
    }
    // The host of the request is what the sender likes it to be.
    let forged = [("origin", "https://evil.example"), ("host", "evil.example")];
    change(&browser, &forged)
        .await
        .problem(403, "cross_site_refused");
}

async fn programs_with_a_token_or_key_are_not_asked_for_a_page(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let wanted = json!({ "name": "x", "scopes": ["documents:use"] });
    let made = ada.post("/keys").json(&wanted).await.expect(201);
    let key = ada.with_token(made["key"].as_str().expect("a key"));
    for program in [&key, &ada] {
        for said in [None, Some("https://another-app.example")] {
            let call = program.post("/documents").json(&json!({ "title": "T" }));
            match said {
                Some(origin) => call.header("origin", origin).await.expect(201),
                None => call.await.expect(201),
            };
        }
    }
    // A cookie beside a token is not looked at.
    let both = ada
        .post("/documents")
        .header("cookie", "carrel_session=nonsense")
        .json(&json!({ "title": "T" }));
    both.await.expect(201);
}
