CREATE TABLE providers (
    id             BLOB PRIMARY KEY,
    name           TEXT NOT NULL UNIQUE,
    kind           TEXT NOT NULL,
    base_url       TEXT NOT NULL,
    api_key_sealed TEXT,
    enabled        INTEGER NOT NULL,
    models         TEXT NOT NULL,
    created_at     TEXT NOT NULL,
    updated_at     TEXT NOT NULL
);

CREATE TABLE generations (
    id            BLOB PRIMARY KEY,
    user_id       BLOB NOT NULL,
    feature       TEXT NOT NULL,
    subject_id    BLOB,
    model         TEXT NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed', 'cancelled', 'interrupted')),
    failure       TEXT,
    input_tokens  INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    cost_micros   INTEGER NOT NULL DEFAULT 0,
    cancel_asked  INTEGER NOT NULL DEFAULT 0,
    heartbeat_at  TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    finished_at   TEXT
);
CREATE INDEX generations_mine ON generations (user_id, id DESC);
CREATE INDEX generations_subject ON generations (subject_id, id DESC);
CREATE UNIQUE INDEX generations_one_running ON generations (subject_id) WHERE status = 'running';
CREATE INDEX generations_running ON generations (heartbeat_at) WHERE status = 'running';

CREATE TABLE generation_events (
    generation_id BLOB NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    event         TEXT NOT NULL,
    PRIMARY KEY (generation_id, position)
);

CREATE TABLE token_usage (
    id            BLOB PRIMARY KEY,
    user_id       BLOB NOT NULL,
    generation_id BLOB,
    feature       TEXT NOT NULL,
    model         TEXT NOT NULL,
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    estimated     INTEGER NOT NULL,
    cost_micros   INTEGER NOT NULL,
    outcome       TEXT NOT NULL,
    created_at    TEXT NOT NULL
);
CREATE INDEX token_usage_person ON token_usage (user_id, created_at);
