-- E-mail addresses and names are sealed; an address is found by its keyed blind index.
CREATE TABLE people (
    id            uuid PRIMARY KEY,
    email_sealed  text NOT NULL,
    email_index   bytea NOT NULL UNIQUE,
    name_sealed   text NOT NULL,
    password_hash text NOT NULL,
    roles         jsonb NOT NULL,
    theme         text NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX people_administrators ON people (id) WHERE roles @> '["administrator"]';

-- A cookie session is found by the hash of its token, a token session by its id in the signed token.
CREATE TABLE sessions (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    token_hash   bytea UNIQUE,
    kind         text NOT NULL CHECK (kind IN ('cookie', 'token')),
    user_agent   text,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    CHECK ((kind = 'cookie') = (token_hash IS NOT NULL))
);
CREATE INDEX sessions_of_person ON sessions (user_id, last_seen_at DESC);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE setup_tokens (
    hash       bytea PRIMARY KEY,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
