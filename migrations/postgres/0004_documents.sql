CREATE TABLE uploads (
    key           text PRIMARY KEY,
    owner_id      uuid NOT NULL,
    media_type    text NOT NULL,
    size          bigint NOT NULL,
    document_id   uuid,
    created_at    timestamptz NOT NULL
);
CREATE INDEX uploads_age ON uploads (created_at) WHERE document_id IS NULL;

CREATE TABLE documents (
    id            uuid PRIMARY KEY,
    owner_id      uuid NOT NULL,
    title         text NOT NULL,
    title_folded  text NOT NULL,
    original_name text,
    media_type    text,
    format        text,
    size          bigint,
    object_key    text,
    status        text NOT NULL CHECK (status IN ('uploaded', 'extracted', 'draft_generated', 'exported', 'failed')),
    step          text,
    step_done     bigint NOT NULL DEFAULT 0,
    step_total    bigint,
    failure       jsonb,
    ocr           text,
    page_count    bigint,
    source_words  bigint,
    chunk_count   bigint NOT NULL DEFAULT 0,
    template_id   uuid,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    deleted_at    timestamptz
);
CREATE INDEX documents_updated ON documents (owner_id, updated_at DESC, id DESC);
CREATE INDEX documents_deleted ON documents (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE source_pages (
    document_id uuid NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    idx         bigint NOT NULL,
    page        bigint,
    blocks      jsonb NOT NULL,
    search_text text NOT NULL,
    PRIMARY KEY (document_id, idx)
);

CREATE TABLE doc_chunks (
    document_id uuid NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    idx         bigint NOT NULL,
    start_at    bigint NOT NULL,
    end_at      bigint NOT NULL,
    tokens      bigint NOT NULL,
    summary     text,
    PRIMARY KEY (document_id, idx)
);

CREATE TABLE drafts (
    document_id uuid PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    version     bigint NOT NULL,
    tree        jsonb NOT NULL,
    words       bigint NOT NULL,
    updated_by  uuid,
    updated_at  timestamptz NOT NULL
);

CREATE TABLE revisions (
    document_id uuid NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number      bigint NOT NULL,
    name        text,
    cause       text NOT NULL,
    author_id   uuid,
    tree        jsonb NOT NULL,
    words       bigint NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (document_id, number)
);

CREATE TABLE refinements (
    id              uuid PRIMARY KEY,
    document_id     uuid NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    user_id         uuid NOT NULL,
    idempotency_key text NOT NULL,
    prompt          text NOT NULL,
    selection       jsonb,
    model           text NOT NULL,
    request_hash    bytea NOT NULL,
    generation_id   uuid NOT NULL,
    status          text NOT NULL,
    draft_version   bigint NOT NULL,
    base_tree       jsonb NOT NULL,
    hunks           jsonb NOT NULL,
    cost_micros     bigint NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL,
    UNIQUE (user_id, idempotency_key)
);
CREATE INDEX refinements_document ON refinements (document_id, id DESC);

CREATE TABLE templates (
    id          uuid PRIMARY KEY,
    owner_id    uuid,
    scope       text NOT NULL CHECK (scope IN ('own', 'global')),
    content     jsonb NOT NULL,
    name        text NOT NULL,
    version     bigint NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    deleted_at  timestamptz
);
CREATE INDEX templates_owner ON templates (owner_id);

CREATE TABLE template_versions (
    template_id uuid NOT NULL REFERENCES templates (id) ON DELETE CASCADE,
    version     bigint NOT NULL,
    content     jsonb NOT NULL,
    author_id   uuid,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (template_id, version)
);

CREATE TABLE prompts (
    id          uuid PRIMARY KEY,
    owner_id    uuid NOT NULL,
    title       text NOT NULL,
    body        text NOT NULL,
    tags        jsonb NOT NULL,
    shared      boolean NOT NULL,
    uses        bigint NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE INDEX prompts_owner ON prompts (owner_id);

CREATE TABLE exports (
    id          uuid PRIMARY KEY,
    document_id uuid NOT NULL,
    owner_id    uuid NOT NULL,
    title       text NOT NULL,
    format      text NOT NULL,
    template_id uuid,
    status      text NOT NULL CHECK (status IN ('queued', 'ready', 'failed')),
    object_key  text,
    size        bigint,
    failure     jsonb,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX exports_mine ON exports (owner_id, id DESC);
CREATE INDEX exports_expiry ON exports (expires_at);

CREATE TABLE images (
    id          uuid PRIMARY KEY,
    owner_id    uuid NOT NULL,
    media_type  text NOT NULL,
    size        bigint NOT NULL,
    width       bigint NOT NULL,
    height      bigint NOT NULL,
    shared      boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL
);

CREATE TABLE seeds (
    name    text PRIMARY KEY,
    made_at timestamptz NOT NULL
);
