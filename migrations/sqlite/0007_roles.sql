-- What a role allows and denies: bits of permissions, in the order in which the program lists them. All bits set stand
-- for every permission, also those of later versions.
CREATE TABLE roles (
    id          BLOB PRIMARY KEY,
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    built_in    BOOLEAN NOT NULL DEFAULT FALSE,
    allow       INTEGER NOT NULL,
    deny        INTEGER NOT NULL,
    version     INTEGER NOT NULL DEFAULT 1,
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL
);
INSERT INTO roles (id, name, name_key, description, built_in, allow, deny, created_at, updated_at)
VALUES (X'00000000000070008000000000000001', 'administrator', 'administrator', 'May do everything.', TRUE, -1, 0,
        strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
       (X'00000000000070008000000000000002', 'staff', 'staff',
        'Works with documents, templates, prompts and models.', TRUE, 1563, 0,
        strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'));

CREATE TABLE person_roles (
    person_id BLOB NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    role_id   BLOB NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    PRIMARY KEY (person_id, role_id)
) WITHOUT ROWID;
CREATE INDEX person_roles_role ON person_roles (role_id);

CREATE TABLE groups (
    id          BLOB PRIMARY KEY,
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL
);

CREATE TABLE group_members (
    group_id  BLOB NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    person_id BLOB NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, person_id)
) WITHOUT ROWID;
CREATE INDEX group_members_person ON group_members (person_id);

CREATE TABLE group_roles (
    group_id BLOB NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    role_id  BLOB NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, role_id)
) WITHOUT ROWID;
CREATE INDEX group_roles_role ON group_roles (role_id);

INSERT INTO person_roles (person_id, role_id)
SELECT id, X'00000000000070008000000000000001' FROM people WHERE instr(roles, '"administrator"') > 0;
INSERT INTO person_roles (person_id, role_id)
SELECT id, X'00000000000070008000000000000002' FROM people WHERE instr(roles, '"staff"') > 0;

-- A session keeps the rights it was issued with: when they are not the person's any more, a cookie is given a new token
-- (the one before is good for a moment longer), and an access token is outdated.
ALTER TABLE sessions ADD COLUMN rights INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN previous_hash BLOB;
ALTER TABLE sessions ADD COLUMN rotated_at TEXT;
ALTER TABLE sessions ADD COLUMN outdated_at TEXT;
CREATE UNIQUE INDEX sessions_previous ON sessions (previous_hash);
UPDATE sessions
SET rights = (SELECT CASE WHEN instr(p.roles, '"administrator"') > 0 THEN -1
                          WHEN instr(p.roles, '"staff"') > 0 THEN 1563
                          ELSE 0 END
              FROM people AS p
              WHERE p.id = sessions.user_id);

DROP INDEX people_administrators;
ALTER TABLE people DROP COLUMN roles;
ALTER TABLE people ADD COLUMN disabled_at TEXT;
ALTER TABLE people ADD COLUMN last_seen_at TEXT;
UPDATE people SET last_seen_at = (SELECT max(s.last_seen_at) FROM sessions AS s WHERE s.user_id = people.id);

-- The rules of all roles that a person has, own ones and those of groups, as a list of [allow, deny].
CREATE VIEW person_rules AS
SELECT p.id AS person_id,
       (SELECT json_group_array(json_array(r.allow, r.deny))
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
