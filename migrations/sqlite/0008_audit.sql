-- One chain: each row's hash covers the row and the hash of the row before it. The address is outside the hash.
CREATE TABLE audit_events (
    seq            INTEGER PRIMARY KEY,
    at             TEXT NOT NULL,
    action         TEXT NOT NULL,
    outcome        TEXT NOT NULL,
    actor_id       BLOB,
    credential     TEXT,
    target_kind    TEXT,
    target_id      TEXT,
    detail         TEXT,
    request_id     TEXT,
    address_sealed TEXT,
    hash           BLOB NOT NULL
);
CREATE INDEX audit_events_actor ON audit_events (actor_id, seq DESC);
CREATE INDEX audit_events_action ON audit_events (action, seq DESC);
CREATE INDEX audit_events_target ON audit_events (target_kind, target_id, seq DESC);
CREATE INDEX audit_events_at ON audit_events (at);

-- The last place of the chain; locked by whoever adds to it.
CREATE TABLE audit_head (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    seq    INTEGER NOT NULL,
    hash   BLOB NOT NULL,
    signed INTEGER NOT NULL DEFAULT 0
);
INSERT INTO audit_head (one, seq, hash) VALUES (1, 0, zeroblob(32));

-- The last row that was removed because its time was over, signed; the rest of the chain hangs on it.
CREATE TABLE audit_anchor (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    seq       INTEGER NOT NULL,
    hash      BLOB NOT NULL,
    at        TEXT NOT NULL,
    signature TEXT NOT NULL
);
