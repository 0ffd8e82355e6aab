-- One chain: each row's hash covers the row and the hash of the row before it. The address is outside the hash.
CREATE TABLE audit_events (
    seq            bigint PRIMARY KEY,
    at             timestamptz NOT NULL,
    action         text NOT NULL,
    outcome        text NOT NULL,
    actor_id       uuid,
    credential     text,
    target_kind    text,
    target_id      text,
    detail         text,
    request_id     text,
    address_sealed text,
    hash           bytea NOT NULL
);
CREATE INDEX audit_events_actor ON audit_events (actor_id, seq DESC);
CREATE INDEX audit_events_action ON audit_events (action, seq DESC);
CREATE INDEX audit_events_target ON audit_events (target_kind, target_id, seq DESC);
CREATE INDEX audit_events_at ON audit_events (at);

-- The last place of the chain; locked by whoever adds to it.
CREATE TABLE audit_head (
    one    bigint PRIMARY KEY CHECK (one = 1),
    seq    bigint NOT NULL,
    hash   bytea NOT NULL,
    signed bigint NOT NULL DEFAULT 0
);
INSERT INTO audit_head (one, seq, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));

-- The last row that was removed because its time was over, signed; the rest of the chain hangs on it.
CREATE TABLE audit_anchor (
    one       bigint PRIMARY KEY CHECK (one = 1),
    seq       bigint NOT NULL,
    hash      bytea NOT NULL,
    at        timestamptz NOT NULL,
    signature text NOT NULL
);
