CREATE TABLE providers (
    id             uuid PRIMARY KEY,
    name           text NOT NULL UNIQUE,
    kind           text NOT NULL,
    base_url       text NOT NULL,
    api_key_sealed text,
    enabled        boolean NOT NULL,
    models         jsonb NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);

CREATE TABLE generations (
    id            uuid PRIMARY KEY,
    user_id       uuid NOT NULL,
    feature       text NOT NULL,
    subject_id    uuid,
    model         text NOT NULL,
    status        text NOT NULL CHECK (status IN ('running', 'done', 'failed', 'cancelled', 'interrupted')),
    failure       jsonb,
    input_tokens  bigint NOT NULL DEFAULT 0,
    output_tokens bigint NOT NULL DEFAULT 0,
    cost_micros   bigint NOT NULL DEFAULT 0,
    cancel_asked  boolean NOT NULL DEFAULT false,
    heartbeat_at  timestamptz NOT NULL,
    created_at    timestamptz NOT NULL,
    finished_at   timestamptz
);
CREATE INDEX generations_mine ON generations (user_id, id DESC);
CREATE INDEX generations_subject ON generations (subject_id, id DESC);
CREATE UNIQUE INDEX generations_one_running ON generations (subject_id) WHERE status = 'running';
CREATE INDEX generations_running ON generations (heartbeat_at) WHERE status = 'running';

CREATE TABLE generation_events (
    generation_id uuid NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    position      bigint NOT NULL,
    event         jsonb NOT NULL,
    PRIMARY KEY (generation_id, position)
);

CREATE TABLE token_usage (
    id            uuid PRIMARY KEY,
    user_id       uuid NOT NULL,
    generation_id uuid,
    feature       text NOT NULL,
    model         text NOT NULL,
    input_tokens  bigint NOT NULL,
    output_tokens bigint NOT NULL,
    estimated     boolean NOT NULL,
    cost_micros   bigint NOT NULL,
    outcome       text NOT NULL,
    created_at    timestamptz NOT NULL
);
CREATE INDEX token_usage_person ON token_usage (user_id, created_at);
