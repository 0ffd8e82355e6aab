//! The master key.

use carrel_tests::program::run;
use carrel_tests::{Backend, Server, both_databases};

both_databases! {
    another_master_key_is_refused_rather_than_losing_what_was_sealed,
}

async fn another_master_key_is_refused_rather_than_losing_what_was_sealed(backend: Backend) {
    let mut server = Server::start(backend).await;
    let ada = server.person("Ada").await;
    server.stop().await;
    // 32 bytes, and not the ones that the server made or was given.
    let another = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let mut environment = server.environment();
    environment.push(("CARREL_MASTER_KEY", another));
    let told = run(&["serve"], server.data(), &environment, "")
        .await
        .failed();
    assert!(told.contains("master key"), "{told}");

    server.restart().await;
    assert_eq!(ada.get("/auth/me").await.expect(200)["name"], "Ada");
}
