//! Mail: the outbox, the way to the mail server, and what people do with the links.

use carrel_tests::document::id_of;
use carrel_tests::person::PASSWORD;
use carrel_tests::program::run;
use carrel_tests::smtp::{Mood, SmtpServer};
use carrel_tests::{Backend, Person, Reply, Server, both_databases, eventually};
use serde_json::{Value, json};

const NEW_PASSWORD: &str = "another long walk home";

both_databases! {
    a_mail_goes_over_tls_to_a_server_that_asks_for_a_password,
    a_mail_that_is_refused_for_now_is_sent_later,
    a_mail_that_is_refused_for_good_fails_and_can_be_sent_again,
    a_server_that_says_nothing_holds_up_no_mail_for_ever,
    a_mail_whose_acceptance_was_not_heard_is_sent_again_under_the_same_id,
    the_doctor_tries_the_mail_server_and_a_wrong_one_is_named_at_the_start,
    a_mail_survives_the_death_of_the_process_before_it_was_sent,
    without_a_server_mails_wait_where_administrators_see_them,
    what_a_mail_says_is_for_those_who_administer_people,
    a_forgotten_password_is_set_by_mail_and_ends_every_session,
    asking_for_a_password_tells_nothing_and_floods_nobody,
    a_link_is_good_once_for_one_purpose_and_for_a_while,
    of_two_who_use_a_link_at_once_one_succeeds,
    where_addresses_are_verified_nobody_gets_in_before,
    signing_up_for_a_known_address_is_answered_like_for_a_new_one,
    whoever_signed_up_first_for_an_address_of_someone_else_loses_it,
    sign_up_can_be_for_some_domains,
    an_address_changes_when_the_new_one_has_answered,
    a_taken_address_is_told_only_to_its_reader,
    a_new_password_stops_a_change_of_address,
    an_account_made_without_a_password_gets_a_link_to_set_it,
}

async fn with(backend: Backend, smtp: &SmtpServer) -> Server {
    let mut plan = Server::plan(backend);
    for (name, value) in smtp.environment() {
        plan = plan.set(name, value);
    }
    plan.start().await
}

/// Has a test mail written; its id.
async fn test_mail(administrator: &Person, to: &str) -> String {
    let asked = administrator
        .post("/admin/mail/test")
        .json(&json!({ "to": to }));
    id_of(&asked.await.expect(201))
}

async fn mail(administrator: &Person, id: &str) -> Value {
    let mails = administrator.all("/admin/mail").await;
    let found = mails.into_iter().find(|mail| mail["id"] == id);
    found.expect("the mail is in the outbox")
}

async fn in_state(administrator: &Person, id: &str, state: &str) -> Value {
    eventually(&format!("a mail that is {state}"), || async {
        let mail = mail(administrator, id).await;
        (mail["state"] == state).then_some(mail)
    })
    .await
}

/// The mails of a kind to an address, oldest first.
async fn mails(administrator: &Person, kind: &str, to: &str) -> Vec<Value> {
    let mut mails = administrator.all("/admin/mail").await;
    mails.retain(|mail| mail["kind"] == kind && mail["to"] == to);
    mails.reverse();
    mails
}

/// The newest mail of a kind to an address, once there are so many.
async fn newest(administrator: &Person, kind: &str, to: &str, count: usize) -> Value {
    eventually(&format!("{count} mails about {kind}"), || async {
        let mails = mails(administrator, kind, to).await;
        (mails.len() >= count).then(|| mails.into_iter().next_back().expect("at least one"))
    })
    .await
}

/// The token of the link to a page in a mail.
fn token(mail: &Value, page: &str) -> String {
    let text = mail["text"].as_str().expect("the text is shown");
    let mark = format!("/{page}#token=");
    let line = text.lines().find(|line| line.contains(&mark));
    let line = line.unwrap_or_else(|| panic!("no {mark} in {text}"));
    line.split_once(&mark).expect("just found").1.to_owned()
}

async fn settle(administrator: &Person, change: Value) {
    let mut settings = administrator.get("/admin/settings").await.expect(200);
    for (name, value) in change.as_object().expect("fields") {
        settings[name] = value.clone();
    }
    let put = administrator.put("/admin/settings").json(&settings);
    put.await.expect(200);
}

async fn sign_up(server: &Server, email: &str, password: &str) -> Reply {
    let details =
        json!({ "email": email, "name": "Click http://evil.example", "password": password });
    server.visitor().post("/auth/signup").json(&details).await
}

async fn sign_in(server: &Server, email: &str, password: &str) -> Reply {
    let details = json!({ "email": email, "password": password });
    server.visitor().post("/auth/login").json(&details).await
}

async fn use_link(server: &Server, path: &str, token: &str) -> Reply {
    let link = json!({ "token": token });
    server.visitor().post(path).json(&link).await
}

async fn reset(server: &Server, token: &str, password: &str) -> Reply {
    let details = json!({ "token": token, "newPassword": password });
    let call = server.visitor().post("/auth/reset-password").json(&details);
    call.await
}

async fn forget(server: &Server, email: &str) -> Reply {
    let details = json!({ "email": email });
    let call = server
        .visitor()
        .post("/auth/forgot-password")
        .json(&details);
    call.await
}

async fn a_mail_goes_over_tls_to_a_server_that_asks_for_a_password(backend: Backend) {
    let smtp = SmtpServer::start_secure().await;
    let server = with(backend, &smtp).await;
    let administrator = server.administrator().await;
    let status = administrator.get("/admin/mail/status").await.expect(200);
    assert_eq!(status["configured"], true);
    assert!(
        status["from"]
            .as_str()
            .is_some_and(|from| from.contains("library@example.org"))
    );

    let id = test_mail(administrator, "ada@example.org").await;
    let letter = smtp.letter_to("ada@example.org").await;
    assert!(letter.secured);
    assert_eq!(letter.user.as_deref(), Some("postman"));
    assert!(letter.header("from").contains("<library@example.org>"));
    assert_eq!(letter.header("auto-submitted"), "auto-generated");
    assert!(letter.header("message-id").contains(&id));
    assert!(letter.subject().contains("Carrel"));
    let sent = in_state(administrator, &id, "sent").await;
    assert!(
        sent["sentAt"].is_string() && sent["failure"].is_null(),
        "{sent}"
    );
    assert!(
        sent["text"].is_null(),
        "what was sent is shown to nobody: {sent}"
    );
    let again = administrator.post(&format!("/admin/mail/{id}/retry"));
    again.await.problem(409, "nothing_to_retry");
    for wrong in [
        "nobody",
        "a@b.org\r\nRCPT TO:<eve@example.org>",
        "a@b.org, c@d.org",
    ] {
        let refused = administrator
            .post("/admin/mail/test")
            .json(&json!({ "to": wrong }));
        refused.await.problem(422, "validation_failed");
    }
    // Any line of a name that reaches a subject stays in the subject.
    settle(
        administrator,
        json!({ "appName": "A Bcc: eve@example.org ü" }),
    )
    .await;
    test_mail(administrator, "bea@example.org").await;
    let letter = smtp.letter_to("bea@example.org").await;
    assert!(!letter.has_header("bcc"));
    assert!(
        letter.subject().ends_with("A Bcc: eve@example.org ü"),
        "{}",
        letter.subject()
    );
    assert!(
        letter.text().contains("A Bcc: eve@example.org ü"),
        "{}",
        letter.text()
    );
}

async fn a_mail_that_is_refused_for_now_is_sent_later(backend: Backend) {
    let smtp = SmtpServer::start().await;
    let server = with(backend, &smtp).await;
    let administrator = server.administrator().await;
    smtp.feel(Mood::Busy(2));
    let id = test_mail(administrator, "ada@example.org").await;
    in_state(administrator, &id, "sent").await;
    assert_eq!(smtp.refusals(), 2);
    assert_eq!(smtp.letters().len(), 1);
}

async fn a_mail_that_is_refused_for_good_fails_and_can_be_sent_again(backend: Backend) {
    let smtp = SmtpServer::start().await;
    let server = with(backend, &smtp).await;
    let administrator = server.administrator().await;
    smtp.feel(Mood::Refusing);
    let id = test_mail(administrator, "ada.nowhere@example.org").await;
    let failed = in_state(administrator, &id, "failed").await;
    let failure = failed["failure"].as_str().expect("a reason");
    assert!(
        failure.contains("550") && failure.contains("nobody called"),
        "{failure}"
    );
    assert_eq!(smtp.refusals(), 1, "one refusal is enough");
    assert!(!server.log().contains("ada.nowhere"), "{}", server.log());
    let causes = server
        .storage()
        .await
        .texts("SELECT last_error FROM jobs WHERE last_error IS NOT NULL")
        .await;
    assert!(
        causes.iter().all(|cause| !cause.contains("ada.nowhere")),
        "{causes:?}"
    );

    smtp.feel(Mood::Well);
    let retry = administrator.post(&format!("/admin/mail/{id}/retry"));
    retry.await.expect(202);
    let sent = in_state(administrator, &id, "sent").await;
    assert!(sent["failure"].is_null(), "{sent}");
    let nothing = administrator.post(&format!("/admin/mail/{}/retry", uuid::Uuid::now_v7()));
    nothing.await.problem(404, "not_found");
}

async fn a_server_that_says_nothing_holds_up_no_mail_for_ever(backend: Backend) {
    let smtp = SmtpServer::start().await;
    let server = with(backend, &smtp).await;
    let administrator = server.administrator().await;
    smtp.feel(Mood::Silent);
    let id = test_mail(administrator, "ada@example.org").await;
    let late = eventually("a reason for the delay", || async {
        let mail = mail(administrator, &id).await;
        mail["failure"].is_string().then_some(mail)
    })
    .await;
    assert_eq!(late["state"], "queued");
    let failure = late["failure"].as_str().expect("a reason");
    assert!(failure.contains("in time"), "{failure}");
    smtp.feel(Mood::Well);
    in_state(administrator, &id, "sent").await;
}

async fn a_mail_whose_acceptance_was_not_heard_is_sent_again_under_the_same_id(backend: Backend) {
    let smtp = SmtpServer::start().await;
    let server = with(backend, &smtp).await;
    let administrator = server.administrator().await;
    smtp.feel(Mood::Cutting(1));
    let id = test_mail(administrator, "ada@example.org").await;
    in_state(administrator, &id, "sent").await;
    let answered: Vec<_> = smtp
        .letters()
        .iter()
        .map(|letter| letter.answered)
        .collect();
    assert_eq!(answered, [false, true]);
    assert_eq!(smtp.different(), 1);
}

async fn the_doctor_tries_the_mail_server_and_a_wrong_one_is_named_at_the_start(backend: Backend) {
    let smtp = SmtpServer::start_secure().await;
    let server = with(backend, &smtp).await;
    let told = run(&["doctor"], server.data(), &server.environment(), "").await;
    let told = told.succeeded();
    assert!(told.contains("STARTTLS takes mails from"), "{told}");
    assert!(!told.contains("p%40ss") && !told.contains("p@ss"), "{told}");
    for (url, from, named) in [
        ("smtp://u:geheim@", "library@example.org", "mail.smtp_url"),
        ("smtp://u:geheim@localhost", "", "mail.from"),
    ] {
        let mut environment = server.environment();
        environment.retain(|(name, _)| {
            !name.starts_with("CARREL_SMTP") && !name.starts_with("CARREL_MAIL")
        });
        environment.extend([("CARREL_SMTP_URL", url), ("CARREL_MAIL_FROM", from)]);
        let refused = run(
            &["serve", "--listen", "127.0.0.1:0"],
            server.data(),
            &environment,
            "",
        )
        .await;
        let why = refused.failed();
        // On SQLite the running server holds the data.
        if backend == Backend::Postgres {
            assert!(why.contains(named) && !why.contains("geheim"), "{why}");
        }
        let examined = run(&["doctor"], server.data(), &environment, "").await;
        assert!(examined.stdout.contains(named), "{}", examined.stdout);
        assert!(!examined.stdout.contains("geheim"), "{}", examined.stdout);
    }
    let mut environment = server.environment();
    environment.retain(|(name, _)| *name != "CARREL_SMTP_URL");
    // Nothing listens there.
    environment.push(("CARREL_SMTP_URL", "smtp://127.0.0.1:1"));
    let examined = run(&["doctor"], server.data(), &environment, "").await;
    assert_ne!(examined.code, Some(0), "{}", examined.stdout);
    assert!(
        examined.stdout.contains("FAILED   mail"),
        "{}",
        examined.stdout
    );
}

async fn a_mail_survives_the_death_of_the_process_before_it_was_sent(backend: Backend) {
    let smtp = SmtpServer::start().await;
    let mut server = with(backend, &smtp).await;
    smtp.feel(Mood::Silent);
    let id = test_mail(server.administrator().await, "ada@example.org").await;
    eventually("an attempt to send it", || async {
        (smtp.connections() > 0).then_some(())
    })
    .await;
    server.kill().await;
    smtp.feel(Mood::Well);
    server.restart().await;
    in_state(server.administrator().await, &id, "sent").await;
    assert_eq!(smtp.letters().len(), 1);
}

async fn without_a_server_mails_wait_where_administrators_see_them(backend: Backend) {
    let mut server = Server::start(backend).await;
    let administrator = server.administrator().await.clone();
    let status = administrator.get("/admin/mail/status").await.expect(200);
    assert_eq!(status, json!({ "configured": false, "from": null }));
    let id = test_mail(&administrator, "ada@example.org").await;
    let waiting = mail(&administrator, &id).await;
    assert_eq!(waiting["state"], "queued");
    assert!(
        waiting["text"]
            .as_str()
            .is_some_and(|text| text.contains("mails arrive"))
    );
    server.stop().await;
    let smtp = SmtpServer::start().await;
    for (name, value) in smtp.environment() {
        server.configure(name, value);
    }
    server.restart().await;
    in_state(&administrator, &id, "sent").await;
    assert_eq!(smtp.letters().len(), 1);
}

async fn what_a_mail_says_is_for_those_who_administer_people(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    let ada = server.person("Ada").await;
    ada.get("/admin/mail").await.problem(403, "forbidden");
    let role = json!({ "name": "technician", "allow": ["settings:manage"], "deny": [] });
    let role = id_of(
        &administrator
            .post("/admin/roles")
            .json(&role)
            .await
            .expect(201),
    );
    let change = json!({ "roleIds": [role] });
    let person = format!("/admin/people/{}", ada.id);
    administrator.patch(&person).json(&change).await.expect(200);
    let technician = Person::sign_in(&server.visitor(), &ada.email, PASSWORD).await;
    forget(&server, "grace@example.org").await.expect(202);
    let shown = newest(administrator, "reset", "grace@example.org", 1).await;
    token(&shown, "reset-password");
    let hidden = mail(&technician, shown["id"].as_str().expect("an id")).await;
    assert_eq!(hidden["to"], "grace@example.org");
    assert_eq!(
        hidden["text"],
        Value::Null,
        "it could be used to become an administrator"
    );
}

async fn a_forgotten_password_is_set_by_mail_and_ends_every_session(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    let ada = server.person("Ada").await;
    let elsewhere = Person::sign_in(&server.visitor(), &ada.email, PASSWORD).await;
    forget(&server, " ADA@Example.org ").await.expect(202);
    let mail = newest(administrator, "reset", &ada.email, 1).await;
    let token = token(&mail, "reset-password");

    let weak = reset(&server, &token, "short").await;
    let problem = weak.problem(422, "validation_failed");
    assert_eq!(problem["errors"][0]["field"], "newPassword");
    reset(&server, &token, NEW_PASSWORD).await.expect(204);
    for session in [&ada, &elsewhere] {
        session
            .get("/auth/me")
            .await
            .problem(401, "unauthenticated");
    }
    sign_in(&server, &ada.email, PASSWORD)
        .await
        .problem(401, "sign_in_failed");
    let ada = Person::sign_in(&server.visitor(), &ada.email, NEW_PASSWORD).await;
    let me = ada.get("/auth/me").await.expect(200);
    assert_eq!(me["emailVerified"], true, "who uses a link reads the mail");

    let events = administrator.all("/audit?action=password.reset").await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["target"]["id"], ada.id.as_str());
    assert!(!server.log().contains(&token), "a token is in the log");
    assert!(
        !server.log().contains("ada@example"),
        "an address is in the log"
    );
}

async fn asking_for_a_password_tells_nothing_and_floods_nobody(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    let ada = server.person("Ada").await;
    let told = |reply: &Reply| {
        let mut names: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
        names.sort();
        (reply.status, reply.text(), names)
    };
    let unknown = forget(&server, "nobody@example.org").await;
    let known = forget(&server, &ada.email).await;
    unknown.expect(202);
    assert_eq!(told(&unknown), told(&known));
    newest(administrator, "reset", &ada.email, 1).await;
    for _ in 0..2 {
        let before = mails(administrator, "reset", &ada.email).await.len();
        forget(&server, &ada.email).await.expect(202);
        newest(administrator, "reset", &ada.email, before + 1).await;
    }
    for _ in 0..5 {
        forget(&server, &ada.email).await.expect(202);
    }
    // What is asked for later is written later.
    forget(&server, "grace@example.org").await.expect(202);
    newest(administrator, "reset", "grace@example.org", 1).await;
    assert_eq!(mails(administrator, "reset", &ada.email).await.len(), 3);
    assert!(
        mails(administrator, "reset", "nobody@example.org")
            .await
            .is_empty()
    );
    forget(&server, "no address")
        .await
        .problem(422, "validation_failed");
}

async fn a_link_is_good_once_for_one_purpose_and_for_a_while(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    let ada = server.person("Ada").await;
    let verify = token(
        &newest(administrator, "verify", &ada.email, 1).await,
        "verify-email",
    );
    forget(&server, &ada.email).await.expect(202);
    let first = token(
        &newest(administrator, "reset", &ada.email, 1).await,
        "reset-password",
    );
    for (path, foreign) in [
        ("/auth/verify-email", first.as_str()),
        ("/auth/confirm-email", &first),
        ("/auth/confirm-email", &verify),
        ("/auth/verify-email", ""),
        ("/auth/verify-email", "made up"),
    ] {
        let refused = use_link(&server, path, foreign).await;
        refused.problem(403, "email_link_invalid");
    }
    reset(&server, &verify, NEW_PASSWORD)
        .await
        .problem(403, "email_link_invalid");

    assert_eq!(
        ada.get("/auth/me").await.expect(200)["emailVerified"],
        false
    );
    use_link(&server, "/auth/verify-email", &verify)
        .await
        .expect(204);
    assert_eq!(ada.get("/auth/me").await.expect(200)["emailVerified"], true);
    let again = use_link(&server, "/auth/verify-email", &verify).await;
    again.problem(403, "email_link_invalid");
    ada.post("/auth/verify-email/resend").await.expect(202);
    assert_eq!(
        mails(administrator, "verify", &ada.email).await.len(),
        1,
        "there is nothing to verify"
    );

    let expire = "UPDATE email_tokens SET expires_at = '2020-01-01T00:00:00.000000Z'";
    server.storage().await.change(expire, &[]).await;
    reset(&server, &first, NEW_PASSWORD)
        .await
        .problem(403, "email_link_expired");
    sign_in(&server, &ada.email, PASSWORD).await.expect(200);
}

async fn of_two_who_use_a_link_at_once_one_succeeds(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    let ada = server.person("Ada").await;
    let verify = token(
        &newest(administrator, "verify", &ada.email, 1).await,
        "verify-email",
    );
    let uses = (0..6).map(|_| use_link(&server, "/auth/verify-email", &verify));
    let replies = futures::future::join_all(uses).await;
    assert_eq!(
        replies.iter().filter(|reply| reply.status == 204).count(),
        1
    );
    forget(&server, &ada.email).await.expect(202);
    let link = token(
        &newest(administrator, "reset", &ada.email, 1).await,
        "reset-password",
    );
    let uses = (0..6).map(|n| {
        let (server, link) = (&server, &link);
        async move { reset(server, link, &format!("the password number {n}")).await }
    });
    let replies = futures::future::join_all(uses).await;
    let winners: Vec<_> = (0..6).filter(|n| replies[*n].status == 204).collect();
    assert_eq!(winners.len(), 1, "{replies:?}");
    for (n, reply) in replies.iter().enumerate() {
        let password = format!("the password number {n}");
        let in_or_out = if winners == [n] { 200 } else { 401 };
        if in_or_out == 401 {
            reply.problem(403, "email_link_invalid");
        }
        assert_eq!(
            sign_in(&server, &ada.email, &password).await.status,
            in_or_out
        );
    }
}

async fn where_addresses_are_verified_nobody_gets_in_before(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    settle(administrator, json!({ "requireVerifiedEmail": true })).await;
    let reply = sign_up(&server, "ada@example.org", PASSWORD).await;
    assert_eq!((reply.status, reply.text()), (202, String::new()));
    assert_eq!(reply.cookie(), None);
    sign_in(&server, "ada@example.org", "a wrong password")
        .await
        .problem(401, "sign_in_failed");
    sign_in(&server, "ada@example.org", PASSWORD)
        .await
        .problem(403, "email_unverified");
    let listed = administrator
        .get("/admin/people?status=unverified")
        .await
        .expect(200);
    assert_eq!(listed["items"][0]["email"], "ada@example.org");
    assert_eq!(listed["items"][0]["status"], "unverified");
    // The sign-in had another link sent; both are good.
    let mail = newest(administrator, "verify", "ada@example.org", 2).await;
    let text = mail["text"].as_str().expect("a text");
    assert!(
        !text.contains("evil"),
        "a stranger's words are in the mail: {text}"
    );
    let link = token(&mail, "verify-email");
    use_link(&server, "/auth/verify-email", &link)
        .await
        .expect(204);
    let ada = Person::sign_in(&server.visitor(), "ada@example.org", PASSWORD).await;
    assert_eq!(ada.get("/auth/me").await.expect(200)["emailVerified"], true);
    let events = administrator.all("/audit?action=email.verified").await;
    assert_eq!(events[0]["target"]["id"], ada.id.as_str());
    assert!(!server.log().contains(&link), "a token is in the log");
}

async fn signing_up_for_a_known_address_is_answered_like_for_a_new_one(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    settle(administrator, json!({ "requireVerifiedEmail": true })).await;
    let new = sign_up(&server, "ada@example.org", PASSWORD).await;
    let known = sign_up(&server, "GRACE@example.org", NEW_PASSWORD).await;
    let told = |reply: &Reply| {
        let mut names: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
        names.sort();
        (reply.status, reply.text(), names)
    };
    assert_eq!(told(&new), told(&known));
    let mail = newest(administrator, "known", "grace@example.org", 1).await;
    assert!(
        !mail["text"].as_str().expect("a text").contains("token"),
        "{mail}"
    );
    sign_in(&server, "grace@example.org", NEW_PASSWORD)
        .await
        .problem(401, "sign_in_failed");
    administrator.get("/auth/me").await.expect(200);
}

async fn whoever_signed_up_first_for_an_address_of_someone_else_loses_it(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    // Eve signs up with Ada's address while nobody verifies, and makes herself at home.
    let eve = sign_up(&server, "ada@example.org", "the password of eve")
        .await
        .expect(201);
    let eve = Person::from_signed_in(&server.visitor(), &eve, "the password of eve");
    let key = json!({ "name": "eve", "scopes": ["documents:use"] });
    let key = eve.post("/keys").json(&key).await.expect(201);
    let key = server
        .visitor()
        .with_token(key["key"].as_str().expect("a key"));
    key.get("/documents").await.expect(200);
    settle(administrator, json!({ "requireVerifiedEmail": true })).await;
    // Keys are believed for a few seconds without looking.
    eventually(
        "an end of the key of someone who is not verified",
        || async { (key.get("/documents").await.status == 401).then_some(()) },
    )
    .await;
    sign_up(&server, "ada@example.org", PASSWORD)
        .await
        .expect(202);
    let link = token(
        &newest(administrator, "verify", "ada@example.org", 2).await,
        "verify-email",
    );
    use_link(&server, "/auth/verify-email", &link)
        .await
        .expect(204);
    Person::sign_in(&server.visitor(), "ada@example.org", PASSWORD).await;
    sign_in(&server, "ada@example.org", "the password of eve")
        .await
        .problem(401, "sign_in_failed");
    eve.get("/auth/me").await.problem(401, "unauthenticated");
    key.get("/documents").await.problem(401, "unauthenticated");
}

async fn sign_up_can_be_for_some_domains(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    let mut settings = administrator.get("/admin/settings").await.expect(200);
    settings["signUp"] = json!("domains");
    let refused = administrator.put("/admin/settings").json(&settings);
    refused.await.problem(422, "validation_failed");
    settle(
        administrator,
        json!({ "signUp": "domains", "signUpDomains": ["school.example"] }),
    )
    .await;
    let setup = server.visitor().get("/setup").await.expect(200);
    assert_eq!(setup["signUp"], "domains");
    assert_eq!(setup["signUpDomains"], json!(["school.example"]));
    for outside in [
        "ada@example.org",
        "ada@sub.school.example",
        "ada@school.example.org",
        "school.example@example.org",
    ] {
        sign_up(&server, outside, PASSWORD)
            .await
            .problem(403, "email_domain_refused");
    }
    sign_up(&server, "Ada@School.Example", PASSWORD)
        .await
        .expect(202);
    sign_in(&server, "ada@school.example", PASSWORD)
        .await
        .problem(403, "email_unverified");
    let mail = newest(administrator, "verify", "ada@school.example", 1).await;
    use_link(&server, "/auth/verify-email", &token(&mail, "verify-email"))
        .await
        .expect(204);
    sign_in(&server, "ada@school.example", PASSWORD)
        .await
        .expect(200);
}

async fn change(person: &Person, email: &str, password: &str) -> Reply {
    let details = json!({ "newEmail": email, "currentPassword": password });
    person.post("/auth/change-email").json(&details).await
}

async fn an_address_changes_when_the_new_one_has_answered(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    let ada = server.person("Ada").await;
    change(&ada, "new@example.org", "not the password")
        .await
        .problem(403, "wrong_password");
    let nonsense = change(&ada, "nonsense", PASSWORD).await;
    let problem = nonsense.problem(422, "validation_failed");
    assert_eq!(problem["errors"][0]["field"], "newEmail");
    change(&ada, "ADA@example.org", PASSWORD)
        .await
        .problem(422, "validation_failed");
    change(&ada, "first@example.org", PASSWORD)
        .await
        .expect(202);
    change(&ada, "New@Example.org", PASSWORD).await.expect(202);
    newest(administrator, "change-notice", &ada.email, 2).await;
    assert_eq!(
        ada.get("/auth/me").await.expect(200)["email"],
        "ada@example.org"
    );

    let older = token(
        &newest(administrator, "change", "first@example.org", 1).await,
        "confirm-email",
    );
    let refused = use_link(&server, "/auth/confirm-email", &older).await;
    refused.problem(403, "email_link_invalid");
    let link = token(
        &newest(administrator, "change", "new@example.org", 1).await,
        "confirm-email",
    );
    let uses = (0..4).map(|_| use_link(&server, "/auth/confirm-email", &link));
    let replies = futures::future::join_all(uses).await;
    assert_eq!(
        replies.iter().filter(|reply| reply.status == 204).count(),
        1
    );
    let me = ada.get("/auth/me").await.expect(200);
    assert_eq!(
        (&me["email"], &me["emailVerified"]),
        (&json!("new@example.org"), &json!(true))
    );
    sign_in(&server, "ada@example.org", PASSWORD)
        .await
        .problem(401, "sign_in_failed");
    sign_in(&server, "new@example.org", PASSWORD)
        .await
        .expect(200);
    let events = administrator.all("/audit?action=email.changed").await;
    assert_eq!(events.len(), 1, "{events:?}");
}

async fn a_taken_address_is_told_only_to_its_reader(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    let ada = server.person("Ada").await;
    let taken = change(&ada, "grace@example.org", PASSWORD).await;
    let free = change(&ada, "free@example.org", PASSWORD).await;
    assert_eq!((taken.status, taken.text()), (free.status, free.text()));
    change(&ada, "grace@example.org", PASSWORD)
        .await
        .expect(202);
    let link = token(
        &newest(administrator, "change", "grace@example.org", 2).await,
        "confirm-email",
    );
    let refused = use_link(&server, "/auth/confirm-email", &link).await;
    refused.problem(409, "email_taken");
    assert_eq!(
        ada.get("/auth/me").await.expect(200)["email"],
        "ada@example.org"
    );
    sign_in(&server, "ada@example.org", PASSWORD)
        .await
        .expect(200);
}

async fn a_new_password_stops_a_change_of_address(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    let ada = server.person("Ada").await;
    for by_mail in [false, true] {
        let (old, new) = if by_mail {
            (NEW_PASSWORD, PASSWORD)
        } else {
            (PASSWORD, NEW_PASSWORD)
        };
        let ada = Person::sign_in(&server.visitor(), &ada.email, old).await;
        let to = format!("eve{by_mail}@example.org");
        change(&ada, &to, old).await.expect(202);
        let link = token(
            &newest(administrator, "change", &to, 1).await,
            "confirm-email",
        );
        if by_mail {
            forget(&server, &ada.email).await.expect(202);
            let mail = newest(administrator, "reset", &ada.email, 1).await;
            reset(&server, &token(&mail, "reset-password"), new)
                .await
                .expect(204);
        } else {
            let details = json!({ "currentPassword": old, "newPassword": new });
            ada.post("/auth/password").json(&details).await.expect(204);
        }
        let refused = use_link(&server, "/auth/confirm-email", &link).await;
        refused.problem(403, "email_link_invalid");
    }
}

async fn an_account_made_without_a_password_gets_a_link_to_set_it(backend: Backend) {
    let server = Server::start(backend).await;
    let administrator = server.administrator().await;
    let account = json!({ "email": "ada@example.org", "name": "Ada", "roleIds": [] });
    let made = administrator
        .post("/admin/people")
        .json(&account)
        .await
        .expect(201);
    assert_eq!(made["status"], "unverified");
    let welcome = newest(administrator, "welcome", "ada@example.org", 1).await;
    reset(&server, &token(&welcome, "reset-password"), PASSWORD)
        .await
        .expect(204);
    let ada = Person::sign_in(&server.visitor(), "ada@example.org", PASSWORD).await;
    let person = format!("/admin/people/{}", ada.id);
    let seen = administrator.get(&person).await.expect(200);
    assert_eq!(seen["status"], "active");

    let ask = administrator.post(&format!("{person}/reset-password"));
    ask.await.expect(202);
    ada.get("/auth/me").await.expect(200);
    let asked = newest(administrator, "reset", "ada@example.org", 1).await;
    reset(&server, &token(&asked, "reset-password"), NEW_PASSWORD)
        .await
        .expect(204);
    ada.get("/auth/me").await.problem(401, "unauthenticated");
    sign_in(&server, "ada@example.org", NEW_PASSWORD)
        .await
        .expect(200);
    let denied = ada.post(&format!("{person}/reset-password"));
    denied.await.problem(401, "unauthenticated");
}
