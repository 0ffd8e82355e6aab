-- E-mail addresses and names are sealed; an address is found by its keyed blind index.
CREATE TABLE people (
    id            BLOB PRIMARY KEY,
    email_sealed  TEXT NOT NULL,
    email_index   BLOB NOT NULL UNIQUE,
    name_sealed   TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    roles         TEXT NOT NULL,
    theme         TEXT NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
    created_at    TEXT NOT NULL,
    updated_at    TEXT NOT NULL
);
CREATE INDEX people_administrators ON people (id) WHERE instr(roles, '"administrator"') > 0;

-- A cookie session is found by the hash of its token, a token session by its id in the signed token.
CREATE TABLE sessions (
    id           BLOB PRIMARY KEY,
    user_id      BLOB NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    token_hash   BLOB UNIQUE,
    kind         TEXT NOT NULL CHECK (kind IN ('cookie', 'token')),
    user_agent   TEXT,
    created_at   TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    ended_at     TEXT,
    CHECK ((kind = 'cookie') = (token_hash IS NOT NULL))
);
CREATE INDEX sessions_of_person ON sessions (user_id, last_seen_at DESC);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE setup_tokens (
    hash       BLOB PRIMARY KEY,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at    TEXT
);
