-- What a role allows and denies: bits of permissions, in the order in which the program lists them. All bits set stand
-- for every permission, also those of later versions.
CREATE TABLE roles (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    name_key    text NOT NULL UNIQUE,
    description text NOT NULL,
    built_in    boolean NOT NULL DEFAULT FALSE,
    allow       bigint NOT NULL,
    deny        bigint NOT NULL,
    version     bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
INSERT INTO roles (id, name, name_key, description, built_in, allow, deny, created_at, updated_at)
VALUES ('00000000-0000-7000-8000-000000000001', 'administrator', 'administrator', 'May do everything.', TRUE, -1, 0,
        now(), now()),
       ('00000000-0000-7000-8000-000000000002', 'staff', 'staff',
        'Works with documents, templates, prompts and models.', TRUE, 1563, 0, now(), now());

CREATE TABLE person_roles (
    person_id uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    role_id   uuid NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    PRIMARY KEY (person_id, role_id)
);
CREATE INDEX person_roles_role ON person_roles (role_id);

CREATE TABLE groups (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    name_key    text NOT NULL UNIQUE,
    description text NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);

CREATE TABLE group_members (
    group_id  uuid NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    person_id uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, person_id)
);
CREATE INDEX group_members_person ON group_members (person_id);

CREATE TABLE group_roles (
    group_id uuid NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    role_id  uuid NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, role_id)
);
CREATE INDEX group_roles_role ON group_roles (role_id);

INSERT INTO person_roles (person_id, role_id)
SELECT id, CAST('00000000-0000-7000-8000-000000000001' AS uuid) FROM people WHERE roles @> '["administrator"]';
INSERT INTO person_roles (person_id, role_id)
SELECT id, CAST('00000000-0000-7000-8000-000000000002' AS uuid) FROM people WHERE roles @> '["staff"]';

-- A session keeps the rights it was issued with: when they are not the person's any more, a cookie is given a new token
-- (the one before is good for a moment longer), and an access token is outdated.
ALTER TABLE sessions
    ADD COLUMN rights        bigint NOT NULL DEFAULT 0,
    ADD COLUMN previous_hash bytea,
    ADD COLUMN rotated_at    timestamptz,
    ADD COLUMN outdated_at   timestamptz;
CREATE UNIQUE INDEX sessions_previous ON sessions (previous_hash);
UPDATE sessions
SET rights = (SELECT CASE WHEN p.roles @> '["administrator"]' THEN -1
                          WHEN p.roles @> '["staff"]' THEN 1563
                          ELSE 0 END
              FROM people AS p
              WHERE p.id = sessions.user_id);

DROP INDEX people_administrators;
ALTER TABLE people
    DROP COLUMN roles,
    ADD COLUMN disabled_at  timestamptz,
    ADD COLUMN last_seen_at timestamptz;
UPDATE people SET last_seen_at = (SELECT max(s.last_seen_at) FROM sessions AS s WHERE s.user_id = people.id);

-- The rules of all roles that a person has, own ones and those of groups, as a list of [allow, deny].
CREATE VIEW person_rules AS
SELECT p.id AS person_id,
       (SELECT COALESCE(json_agg(json_build_array(r.allow, r.deny)), '[]')
        FROM roles AS r
        WHERE r.id IN (SELECT h.role_id
                       FROM person_roles AS h
                       WHERE h.person_id = p.id
                       UNION ALL
                       SELECT gr.role_id
                       FROM group_members AS gm
                       JOIN group_roles AS gr ON gr.group_id = gm.group_id
                       WHERE gm.person_id = p.id)) AS rules
FROM people AS p;
