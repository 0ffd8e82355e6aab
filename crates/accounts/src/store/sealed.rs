//! The sealed columns of the wing, for the rotation of keys.

use carrel_platform::auth::{ApiKeyId, UserId};

carrel_platform::sealed_column! {
    /// E-mail addresses of people.
    pub struct PersonEmails of UserId, "people", "email";
    unlike: "SELECT id, email_sealed FROM people
             WHERE email_sealed NOT LIKE $1 AND (id > $2 OR $2 IS NULL)
             ORDER BY id
             LIMIT $3";
    count: "SELECT COUNT(*) FROM people WHERE email_sealed LIKE $1";
    replace: "UPDATE people SET email_sealed = $3 WHERE id = $1 AND email_sealed = $2";
}

carrel_platform::sealed_column! {
    /// Names of people.
    pub struct PersonNames of UserId, "people", "name";
    unlike: "SELECT id, name_sealed FROM people
             WHERE name_sealed NOT LIKE $1 AND (id > $2 OR $2 IS NULL)
             ORDER BY id
             LIMIT $3";
    count: "SELECT COUNT(*) FROM people WHERE name_sealed LIKE $1";
    replace: "UPDATE people SET name_sealed = $3 WHERE id = $1 AND name_sealed = $2";
}

carrel_platform::sealed_column! {
    /// Names that people gave to their API keys.
    pub struct ApiKeyNames of ApiKeyId, "api_keys", "name";
    unlike: "SELECT id, name_sealed FROM api_keys
             WHERE name_sealed NOT LIKE $1 AND (id > $2 OR $2 IS NULL)
             ORDER BY id
             LIMIT $3";
    count: "SELECT COUNT(*) FROM api_keys WHERE name_sealed LIKE $1";
    replace: "UPDATE api_keys SET name_sealed = $3 WHERE id = $1 AND name_sealed = $2";
}
