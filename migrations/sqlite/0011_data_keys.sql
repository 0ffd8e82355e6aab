-- The keys that are used every day, each wrapped by a master key that is not in the database. The material of a
-- field key with which nothing is sealed any more is destroyed; its row stays.
CREATE TABLE data_keys (
    id           TEXT PRIMARY KEY,
    purpose      TEXT NOT NULL,
    number       INTEGER NOT NULL,
    provider     TEXT NOT NULL,
    wrapped      TEXT,
    created_at   TEXT NOT NULL,
    retired_at   TEXT,
    destroyed_at TEXT,
    UNIQUE (purpose, number),
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

-- Which field key a running node seals with.
CREATE TABLE key_holders (
    node    BLOB PRIMARY KEY,
    number  INTEGER NOT NULL,
    seen_at TEXT NOT NULL
);
