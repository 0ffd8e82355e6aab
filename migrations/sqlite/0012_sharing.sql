-- Who has a part in a document beside its owner.
CREATE TABLE document_members (
    document_id BLOB NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    user_id     BLOB NOT NULL,
    role        TEXT NOT NULL CHECK (role IN ('editor', 'viewer')),
    since       TEXT NOT NULL,
    PRIMARY KEY (document_id, user_id)
);
CREATE INDEX document_members_person ON document_members (user_id, document_id);

-- Invitations by e-mail. The address is sealed and found by its keyed blind index; of the token in the mail only the
-- hash is here. One that is pending past `expires_at` has expired.
CREATE TABLE document_invitations (
    id           BLOB PRIMARY KEY,
    document_id  BLOB NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    email_sealed TEXT NOT NULL,
    email_index  BLOB NOT NULL,
    role         TEXT NOT NULL CHECK (role IN ('editor', 'viewer')),
    token_hash   BLOB NOT NULL UNIQUE,
    state        TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'declined', 'revoked')),
    invited_by   BLOB NOT NULL,
    created_at   TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    decided_by   BLOB,
    decided_at   TEXT
);
CREATE UNIQUE INDEX document_invitations_open ON document_invitations (document_id, email_index) WHERE state = 'pending';
CREATE INDEX document_invitations_document ON document_invitations (document_id, id);
CREATE INDEX document_invitations_email ON document_invitations (email_index) WHERE state = 'pending';
CREATE INDEX document_invitations_sender ON document_invitations (invited_by, created_at);
CREATE INDEX document_invitations_age ON document_invitations (created_at);

-- Lists of documents are read in the order they are shown in.
CREATE INDEX documents_created ON documents (owner_id, created_at DESC, id DESC);
CREATE INDEX documents_title ON documents (owner_id, title_folded, id);
