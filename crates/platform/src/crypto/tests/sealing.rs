use std::os::unix::fs::PermissionsExt;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::local::MasterKey;
use super::*;

fn ring(byte: u8) -> Keyring {
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, [byte; 32]);
    Keyring::derived(&MasterKey::from_base64(&text).expect("a key"))
}

#[test]
fn a_sealed_value_opens_only_in_its_own_place() {
    let keys = ring(7);
    let sealed = keys.seal(HERE, "ada@example.org");
    assert!(!sealed.contains("ada"));
    assert_eq!(
        keys.open_sealed(HERE, &sealed).expect("opens"),
        "ada@example.org"
    );
    for elsewhere in [
        Place { row: "2", ..HERE },
        Place {
            column: "name",
            ..HERE
        },
        Place {
            table: "sessions",
            ..HERE
        },
    ] {
        let refused = keys.open_sealed(elsewhere, &sealed).expect_err("moved");
        assert!(matches!(refused, CryptoError::Sealed));
        assert!(!refused.to_string().contains("ada"));
    }
    assert!(ring(8).open_sealed(HERE, &sealed).is_err());
    assert_ne!(sealed, keys.seal(HERE, "ada@example.org"));
}

#[test]
fn a_changed_value_does_not_open() {
    let keys = ring(7);
    let sealed = keys.seal(HERE, "ada@example.org");
    for at in 0..sealed.len() {
        let mut bytes = sealed.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).expect("ASCII");
        // Base64 text may end in bits that mean nothing: the same bytes are the same value.
        if let Ok(plain) = keys.open_sealed(HERE, &changed) {
            panic!("{changed} opens as {plain}");
        }
    }
    for cut in 0..sealed.len() {
        assert!(keys.open_sealed(HERE, &sealed[..cut]).is_err());
    }
}

/// What an installation wrote whose keys were all derived from its master key, made by another program.
#[test]
fn values_indexes_and_secrets_of_the_first_version_stay_valid() {
    let keys = ring(7);
    let sealed = "v1|m1|AAECAwQFBgcICQoL|utazwnxo_hGjrWuZ2-ed4qULXwUKOB1BbLKIy5H0GA";
    assert_eq!(
        keys.open_sealed(HERE, sealed).expect("opens"),
        "ada@example.org"
    );
    let text = |bytes: &[u8]| base64::Engine::encode(&URL_SAFE_NO_PAD, bytes);
    assert_eq!(
        text(&keys.blind_index("people.email", "ada@example.org")),
        "aJKv_isZDsxwvhJgHbkT4BTDbH832s-dxUxhDAh7WzA"
    );
    assert_eq!(
        text(keys.token_secret()),
        "x5_hzaUJ8Vqi_rp1tJEPw3h_7Y37Hz0HVpR2a-bjj0o"
    );
    assert!(keys.verify_url("x", "F1Cxt8OPsnyOhlyRnOJ6iE_kmf97T7utm1eSbrR_e4Y"));
}

#[test]
fn the_key_file_is_private_and_stays_the_same() {
    let dir = tempfile::tempdir().expect("a scratch directory");
    let path = dir.path().join("master.key");
    let sealed = Keyring::open(&path).expect("makes").seal(HERE, "x");
    let mode = std::fs::metadata(&path).expect("is there").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    let again = Keyring::open(&path).expect("opens");
    assert_eq!(again.open_sealed(HERE, &sealed).expect("opens"), "x");

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("chmod");
    let refused = Keyring::open(&path).expect_err("others can read it");
    assert!(refused.to_string().contains("chmod 600"));
}

#[test]
fn a_changed_url_fails_its_signature() {
    let keys = ring(7);
    let signature = keys.sign_url("PUT\nuploads/a\n10");
    assert!(keys.verify_url("PUT\nuploads/a\n10", &signature));
    assert!(!keys.verify_url("PUT\nuploads/a\n11", &signature));
    assert!(!keys.verify_url("PUT\nuploads/a\n10", "nonsense"));
}
