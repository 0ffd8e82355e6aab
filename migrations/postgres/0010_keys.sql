-- API keys. The key itself is not stored, only its SHA-256 and its first letters; the name that its owner gave it is
-- sealed. `scopes` are bits of permissions. A window of counted requests begins with the first request after the one
-- before has ended, so its beginning also says, to the minute, when the key was last used.
CREATE TABLE api_keys (
    id              uuid PRIMARY KEY,
    user_id         uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    hash            bytea NOT NULL UNIQUE,
    prefix          text NOT NULL,
    name_sealed     text NOT NULL,
    scopes          bigint NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz,
    revoked_at      timestamptz,
    window_began_at timestamptz,
    window_requests bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE INDEX api_keys_of_person ON api_keys (user_id, id DESC);
