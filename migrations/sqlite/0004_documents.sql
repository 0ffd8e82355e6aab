CREATE TABLE uploads (
    key           TEXT PRIMARY KEY,
    owner_id      BLOB NOT NULL,
    media_type    TEXT NOT NULL,
    size          INTEGER NOT NULL,
    document_id   BLOB,
    created_at    TEXT NOT NULL
);
CREATE INDEX uploads_age ON uploads (created_at) WHERE document_id IS NULL;

CREATE TABLE documents (
    id            BLOB PRIMARY KEY,
    owner_id      BLOB NOT NULL,
    title         TEXT NOT NULL,
    title_folded  TEXT NOT NULL,
    original_name TEXT,
    media_type    TEXT,
    format        TEXT,
    size          INTEGER,
    object_key    TEXT,
    status        TEXT NOT NULL CHECK (status IN ('uploaded', 'extracted', 'draft_generated', 'exported', 'failed')),
    step          TEXT,
    step_done     INTEGER NOT NULL DEFAULT 0,
    step_total    INTEGER,
    failure       TEXT,
    ocr           TEXT,
    page_count    INTEGER,
    source_words  INTEGER,
    chunk_count   INTEGER NOT NULL DEFAULT 0,
    template_id   BLOB,
    created_at    TEXT NOT NULL,
    updated_at    TEXT NOT NULL,
    deleted_at    TEXT
);
CREATE INDEX documents_updated ON documents (owner_id, updated_at DESC, id DESC);
CREATE INDEX documents_deleted ON documents (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE source_pages (
    document_id BLOB NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    idx         INTEGER NOT NULL,
    page        INTEGER,
    blocks      TEXT NOT NULL,
    search_text TEXT NOT NULL,
    PRIMARY KEY (document_id, idx)
);

CREATE TABLE doc_chunks (
    document_id BLOB NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    idx         INTEGER NOT NULL,
    start_at    INTEGER NOT NULL,
    end_at      INTEGER NOT NULL,
    tokens      INTEGER NOT NULL,
    summary     TEXT,
    PRIMARY KEY (document_id, idx)
);

CREATE TABLE drafts (
    document_id BLOB PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    version     INTEGER NOT NULL,
    tree        TEXT NOT NULL,
    words       INTEGER NOT NULL,
    updated_by  BLOB,
    updated_at  TEXT NOT NULL
);

CREATE TABLE revisions (
    document_id BLOB NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    name        TEXT,
    cause       TEXT NOT NULL,
    author_id   BLOB,
    tree        TEXT NOT NULL,
    words       INTEGER NOT NULL,
    created_at  TEXT NOT NULL,
    PRIMARY KEY (document_id, number)
);

CREATE TABLE refinements (
    id              BLOB PRIMARY KEY,
    document_id     BLOB NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    user_id         BLOB NOT NULL,
    idempotency_key TEXT NOT NULL,
    prompt          TEXT NOT NULL,
    selection       TEXT,
    model           TEXT NOT NULL,
    request_hash    BLOB NOT NULL,
    generation_id   BLOB NOT NULL,
    status          TEXT NOT NULL,
    draft_version   INTEGER NOT NULL,
    base_tree       TEXT NOT NULL,
    hunks           TEXT NOT NULL,
    cost_micros     INTEGER NOT NULL DEFAULT 0,
    created_at      TEXT NOT NULL,
    UNIQUE (user_id, idempotency_key)
);
CREATE INDEX refinements_document ON refinements (document_id, id DESC);

CREATE TABLE templates (
    id          BLOB PRIMARY KEY,
    owner_id    BLOB,
    scope       TEXT NOT NULL CHECK (scope IN ('own', 'global')),
    content     TEXT NOT NULL,
    name        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL,
    deleted_at  TEXT
);
CREATE INDEX templates_owner ON templates (owner_id);

CREATE TABLE template_versions (
    template_id BLOB NOT NULL REFERENCES templates (id) ON DELETE CASCADE,
    version     INTEGER NOT NULL,
    content     TEXT NOT NULL,
    author_id   BLOB,
    created_at  TEXT NOT NULL,
    PRIMARY KEY (template_id, version)
);

CREATE TABLE prompts (
    id          BLOB PRIMARY KEY,
    owner_id    BLOB NOT NULL,
    title       TEXT NOT NULL,
    body        TEXT NOT NULL,
    tags        TEXT NOT NULL,
    shared      INTEGER NOT NULL,
    uses        INTEGER NOT NULL DEFAULT 0,
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL
);
CREATE INDEX prompts_owner ON prompts (owner_id);

CREATE TABLE exports (
    id          BLOB PRIMARY KEY,
    document_id BLOB NOT NULL,
    owner_id    BLOB NOT NULL,
    title       TEXT NOT NULL,
    format      TEXT NOT NULL,
    template_id BLOB,
    status      TEXT NOT NULL CHECK (status IN ('queued', 'ready', 'failed')),
    object_key  TEXT,
    size        INTEGER,
    failure     TEXT,
    created_at  TEXT NOT NULL,
    expires_at  TEXT NOT NULL
);
CREATE INDEX exports_mine ON exports (owner_id, id DESC);
CREATE INDEX exports_expiry ON exports (expires_at);

CREATE TABLE images (
    id          BLOB PRIMARY KEY,
    owner_id    BLOB NOT NULL,
    media_type  TEXT NOT NULL,
    size        INTEGER NOT NULL,
    width       INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    shared      INTEGER NOT NULL DEFAULT 0,
    created_at  TEXT NOT NULL
);

CREATE TABLE seeds (
    name    TEXT PRIMARY KEY,
    made_at TEXT NOT NULL
);
