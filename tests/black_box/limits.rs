//! What is too much, too large or too deep is refused early and clearly, and harms nobody else.

use carrel_tests::person::PASSWORD;
use carrel_tests::wait::DEADLINE;
use carrel_tests::{Backend, Client, Reply, Server, both_databases};
use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PER_ADDRESS: &str = "CARREL_LIMITS_PER_ADDRESS_PER_MINUTE";
const PER_PERSON: &str = "CARREL_LIMITS_PER_PERSON_PER_MINUTE";

both_databases! {
    visitors_of_one_address_are_limited_and_people_are_not_limited_for_them,
    a_person_is_limited_wherever_they_sign_in,
    a_forged_forwarding_header_changes_nothing,
    a_named_proxy_is_believed_about_the_last_address_only,
    nesting_without_end_is_refused_on_every_route_that_reads_json,
    a_password_too_long_to_be_one_is_refused_without_being_hashed,
    cookies_without_measure_harm_nobody,
}

/// Asks until it is refused; panics when it never is.
async fn until_refused(ask: impl AsyncFn() -> Reply) -> Reply {
    for _ in 0..1_000 {
        let reply = ask().await;
        if reply.status == 429 {
            return reply;
        }
        assert!(reply.status < 429, "{}", reply.text());
    }
    panic!("a thousand requests passed");
}

fn as_from(visitor: &Client, forwarded: &str) -> impl AsyncFn() -> Reply {
    let (visitor, forwarded) = (visitor.clone(), forwarded.to_owned());
    async move || {
        visitor
            .get("/setup")
            .header("x-forwarded-for", &forwarded)
            .await
    }
}

async fn visitors_of_one_address_are_limited_and_people_are_not_limited_for_them(backend: Backend) {
    let server = Server::plan(backend).set(PER_ADDRESS, "30").start().await;
    let ada = server.person("Ada").await;
    for _ in 0..100 {
        ada.get("/documents").await.expect(200);
    }
    let stranger = server.visitor().with_token("not-a-token");
    let refused = until_refused(async || stranger.get("/documents").await).await;
    refused.problem(429, "rate_limited");
    let wait: u64 = refused
        .header("retry-after")
        .and_then(|wait| wait.parse().ok())
        .expect("seconds to wait");
    assert!((1..=60).contains(&wait), "{wait}");
    let visitor = server.visitor();
    until_refused(async || visitor.get("/setup").await)
        .await
        .problem(429, "rate_limited");
    for path in ["/health", "/ready", "/metrics", "/", "/sign-in"] {
        let reply = visitor.at(Method::GET, path).await;
        assert_eq!(reply.status, 200, "{path} is not limited");
    }
}

async fn a_person_is_limited_wherever_they_sign_in(backend: Backend) {
    let server = Server::plan(backend).set(PER_PERSON, "30").start().await;
    let (ada, eve) = (server.person("Ada").await, server.person("Eve").await);
    let phone = carrel_tests::Person::sign_in(&server.visitor(), &ada.email, PASSWORD).await;
    until_refused(async || ada.get("/documents").await)
        .await
        .problem(429, "rate_limited");
    phone.get("/documents").await.problem(429, "rate_limited");
    eve.get("/documents").await.expect(200);
    server.visitor().get("/setup").await.expect(200);
}

async fn a_forged_forwarding_header_changes_nothing(backend: Backend) {
    let server = Server::plan(backend).set(PER_ADDRESS, "30").start().await;
    let visitor = server.visitor();
    let mut number = 0_u32;
    let refused = loop {
        number += 1;
        let forged = format!("203.0.113.{}", number % 250);
        let reply = as_from(&visitor, &forged)().await;
        if reply.status == 429 {
            break reply;
        }
        assert!(number < 1_000, "each header counts as another address");
    };
    refused.problem(429, "rate_limited");

    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    let headers = [
        ("x-forwarded-for", "203.0.113.77"),
        ("forwarded", "for=203.0.113.77"),
        ("x-real-ip", "203.0.113.77"),
    ];
    assert_eq!(recorded_address(administrator, &headers).await, "127.0.0.1");
}

/// The address that the audit trail gives of something done with these headers.
async fn recorded_address(administrator: &Client, headers: &[(&str, &str)]) -> String {
    let wanted = json!({ "name": "x", "scopes": ["documents:use"] });
    let call = headers.iter().fold(
        administrator.post("/keys").json(&wanted),
        |call, (name, value)| call.header(name, value),
    );
    call.await.expect(201);
    let path = "/audit?action=key.created&limit=1";
    let events = administrator.get(path).await.expect(200);
    let address = &events["items"][0]["address"];
    address
        .as_str()
        .unwrap_or_else(|| panic!("an address in {events}"))
        .to_owned()
}

async fn a_named_proxy_is_believed_about_the_last_address_only(backend: Backend) {
    let server = Server::plan(backend)
        .set(PER_ADDRESS, "30")
        .set("CARREL_TRUSTED_PROXIES", "127.0.0.0/8")
        .start()
        .await;
    let administrator = server.administrator().await;
    let visitor = server.visitor();
    until_refused(as_from(&visitor, "203.0.113.9")).await;
    as_from(&visitor, "203.0.113.10")().await.expect(200);
    // What the client itself wrote stands before what the proxy adds.
    as_from(&visitor, "198.51.100.1, 203.0.113.9")()
        .await
        .problem(429, "rate_limited");
    as_from(&visitor, "203.0.113.9, 203.0.113.11")()
        .await
        .expect(200);

    let headers = [("x-forwarded-for", "198.51.100.1, 203.0.113.77")];
    let address = recorded_address(administrator, &headers).await;
    assert_eq!(address, "203.0.113.77");
}

async fn nesting_without_end_is_refused_on_every_route_that_reads_json(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    let description = administrator.get("/openapi.json").await.expect(200);
    let deep = "[".repeat(100_000);
    let hidden = format!("{{\"nobody asks for this\":{deep}{}}}", "]".repeat(100_000));
    let (mut sent, mut tried) = (0, 0);
    for (path, item) in description["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let takes_json = &operation["requestBody"]["content"]["application/json"];
            if takes_json.is_null() {
                continue;
            }
            let path = filled_in(path);
            let method: Method = method.to_uppercase().parse().expect("a method");
            for body in [&deep, &hidden] {
                sent += 1;
                let reply = administrator
                    .at(method.clone(), &path)
                    .header("if-match", "\"1\"")
                    .key(&format!("deep-{sent}"))
                    .bytes("application/json", body.clone())
                    .await;
                assert!(
                    (400..500).contains(&reply.status) && reply.status != 408,
                    "{method} {path} answered {}: {}",
                    reply.status,
                    reply.text()
                );
                if reply.status == 400 {
                    tried += usize::from(reply.code() == "json_too_deep");
                }
            }
        }
    }
    assert!(tried >= 20, "only {tried} requests were read at all");
    administrator.get("/auth/me").await.expect(200);
}

/// A described path with some id in each of its places.
fn filled_in(path: &str) -> String {
    let mut filled = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        filled.push_str("01890000-0000-7000-8000-000000000000");
        rest = after.split_once('}').expect("a closed place").1;
    }
    filled + rest
}

async fn a_password_too_long_to_be_one_is_refused_without_being_hashed(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let long = "ü".repeat(129);
    let visitor = server.visitor();
    let sign_in = json!({ "email": ada.email, "password": long });
    let sign_up = json!({ "email": "eve@example.org", "name": "Eve", "password": long });
    let change = json!({ "currentPassword": PASSWORD, "newPassword": long });
    let guess = json!({ "currentPassword": long, "newPassword": PASSWORD });
    // Two hashes at once and a short queue are what a small machine takes on; of so many most would be turned away.
    let guesses = (0..400).map(|_| async { visitor.post("/auth/login").json(&sign_in).await });
    for reply in futures::future::join_all(guesses).await {
        reply.problem(422, "validation_failed");
    }
    for (reply, field) in [
        (visitor.post("/auth/login").json(&sign_in).await, "password"),
        (
            visitor.post("/auth/signup").json(&sign_up).await,
            "password",
        ),
        (
            ada.post("/auth/password").json(&change).await,
            "newPassword",
        ),
        (
            ada.post("/auth/password").json(&guess).await,
            "currentPassword",
        ),
    ] {
        let problem = reply.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["field"], field);
        assert_eq!(problem["errors"][0]["code"], "length");
    }
    carrel_tests::Person::sign_in(&visitor, &ada.email, PASSWORD).await;
}

async fn cookies_without_measure_harm_nobody(backend: Backend) {
    let server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    let details = json!({ "email": ada.email, "password": PASSWORD, "transport": "cookie" });
    let signed_in = server.visitor().post("/auth/login").json(&details).await;
    let cookie = signed_in.cookie().expect("a session cookie");
    let visitor = server.visitor();

    let huge = format!("carrel_session={}", "x".repeat(40 * 1024));
    let refused = visitor.with_cookie(&huge).get("/auth/me").await;
    refused.problem(431, "headers_too_large");
    let large = format!("carrel_session={}", "x".repeat(8 * 1024));
    let stranger = visitor.with_cookie(&large).get("/auth/me").await;
    stranger.problem(401, "unauthenticated");

    let many = "c=x; ".repeat(300);
    let browser = visitor.with_cookie(&format!("{many}{cookie}"));
    assert_eq!(
        browser.get("/auth/me").await.expect(200)["id"],
        ada.id.as_str()
    );
    for doubled in [
        format!("carrel_session=nonsense; {cookie}"),
        format!("{cookie}; carrel_session=nonsense"),
        format!("{cookie}; {cookie}"),
        format!("=; ;;; {cookie};"),
        format!("carrel_session; {cookie}"),
    ] {
        let reply = visitor.with_cookie(&doubled).get("/auth/me").await;
        let answered = match reply.status {
            200 => reply.json()["id"] == ada.id.as_str(),
            status => status == 401,
        };
        assert!(answered, "{doubled}: {}", reply.text());
    }
    ada.get("/auth/me").await.expect(200);
}

/// What the server answers to these bytes before it closes or says all it wants to.
async fn answer_to(server: &Server, request: &str) -> String {
    let address = server.address();
    let address = address.strip_prefix("http://").expect("an http address");
    let mut stream = TcpStream::connect(address).await.expect("connects");
    let sent = stream.write_all(request.as_bytes()).await;
    sent.expect("the head of the request is sent");
    let mut answer = Vec::new();
    let read = async {
        let mut piece = [0; 4096];
        while !String::from_utf8_lossy(&answer).contains("\r\n\r\n") {
            match stream.read(&mut piece).await {
                Ok(0) | Err(_) => break,
                Ok(length) => answer.extend_from_slice(&piece[..length]),
            }
        }
    };
    tokio::time::timeout(DEADLINE, read)
        .await
        .expect("an answer comes");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_sent() {
    let server = Server::start(Backend::Sqlite).await;
    for expect in ["", "Expect: 100-continue\r\n"] {
        let head = format!(
            "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{expect}Content-Length: 10000000000\r\n\r\n"
        );
        let answer = answer_to(&server, &head).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        assert!(
            answer.to_lowercase().contains("connection: close"),
            "{answer}"
        );
    }
    // A body that doesn't say how long it is.
    let pieces = futures::stream::iter((0..64).map(|_| Ok(vec![b' '; 1024])));
    let reply = server
        .visitor()
        .post("/auth/login")
        .header("content-type", "application/json")
        .pieces(pieces)
        .await;
    reply.problem(413, "body_too_large");
}

#[tokio::test]
async fn headers_without_measure_are_refused() {
    let server = Server::start(Backend::Sqlite).await;
    let head = |headers: &str| format!("GET /api/v1/setup HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
    let long = answer_to(
        &server,
        &head(&format!("X-Long: {}\r\n", "x".repeat(60_000))),
    )
    .await;
    assert!(long.starts_with("HTTP/1.1 431"), "{long}");
    let many = "X-More: x\r\n".repeat(5_000);
    let many = answer_to(&server, &head(&many)).await;
    assert!(many.starts_with("HTTP/1.1 431"), "{many}");
    let path = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(100_000));
    let path = answer_to(&server, &path).await;
    assert!(
        path.starts_with("HTTP/1.1 414") || path.starts_with("HTTP/1.1 431"),
        "{path}"
    );
    server.visitor().get("/setup").await.expect(200);
}

/// The doctor tells who is believed about addresses, and what the limits are.
#[tokio::test]
async fn the_doctor_names_proxies_and_limits() {
    let server = Server::plan(Backend::Sqlite)
        .set("CARREL_PUBLIC_URL", "https://carrel.example.org")
        .set("CARREL_TRUSTED_PROXIES", "10.0.0.0/8")
        .set(PER_ADDRESS, "123")
        .set(PER_PERSON, "0")
        .start()
        .await;
    let told = carrel_tests::program::run(&["doctor"], server.data(), &server.environment(), "")
        .await
        .succeeded();
    for words in [
        "trusted_proxies",
        "believed from 10.0.0.0/8",
        "any number of requests a minute of a person",
        "123 of an address",
    ] {
        assert!(told.contains(words), "nothing of {words}:\n{told}");
    }
}

#[tokio::test]
async fn a_setting_of_the_limit_that_makes_no_sense_is_refused() {
    let server = Server::start(Backend::Sqlite).await;
    let administrator = server.administrator().await;
    let settings = administrator.get("/admin/settings").await.expect(200);
    assert_eq!(settings["apiKeyLimitPerMinute"], 60);
    for wrong in [json!(0), json!(1_000_001)] {
        let mut changed: Value = settings.clone();
        changed["apiKeyLimitPerMinute"] = wrong;
        let refused = administrator.put("/admin/settings").json(&changed).await;
        let refused = refused.problem(422, "validation_failed");
        assert_eq!(refused["errors"][0]["field"], "apiKeyLimitPerMinute");
    }
}
