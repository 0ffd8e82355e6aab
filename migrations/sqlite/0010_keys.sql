-- API keys. The key itself is not stored, only its SHA-256 and its first letters; the name that its owner gave it is
-- sealed. `scopes` are bits of permissions. A window of counted requests begins with the first request after the one
-- before has ended, so its beginning also says, to the minute, when the key was last used.
CREATE TABLE api_keys (
    id              BLOB PRIMARY KEY,
    user_id         BLOB NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    hash            BLOB NOT NULL UNIQUE,
    prefix          TEXT NOT NULL,
    name_sealed     TEXT NOT NULL,
    scopes          INTEGER NOT NULL,
    created_at      TEXT NOT NULL,
    expires_at      TEXT,
    revoked_at      TEXT,
    window_began_at TEXT,
    window_requests INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX api_keys_of_person ON api_keys (user_id, id DESC);
