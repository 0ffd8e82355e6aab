-- The keys that are used every day, each wrapped by a master key that is not in the database. The material of a
-- field key with which nothing is sealed any more is destroyed; its row stays.
CREATE TABLE data_keys (
    id           text PRIMARY KEY,
    purpose      text NOT NULL,
    number       bigint NOT NULL,
    provider     text NOT NULL,
    wrapped      text,
    created_at   timestamptz NOT NULL,
    retired_at   timestamptz,
    destroyed_at timestamptz,
    UNIQUE (purpose, number),
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

-- Which field key a running node seals with.
CREATE TABLE key_holders (
    node    uuid PRIMARY KEY,
    number  bigint NOT NULL,
    seen_at timestamptz NOT NULL
);
