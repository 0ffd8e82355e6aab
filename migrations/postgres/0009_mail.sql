-- Mails that wait or were sent. Recipient, subject, text and what a server said are sealed; `recipient_index` finds
-- everything that went to one address. Recipient and text go a day after the mail was sent.
CREATE TABLE mail_outbox (
    id               uuid PRIMARY KEY,
    kind             text NOT NULL,
    recipient_sealed text,
    recipient_index  bytea,
    subject_sealed   text NOT NULL,
    body_sealed      text,
    state            text NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
    failure_sealed   text,
    created_at       timestamptz NOT NULL,
    sent_at          timestamptz
);
CREATE INDEX mail_outbox_waiting ON mail_outbox (created_at) WHERE state = 'queued';
CREATE INDEX mail_outbox_recipient ON mail_outbox (recipient_index);

-- Since when a person is known to read mail at their address. Who was here before that was asked counts as verified.
ALTER TABLE people ADD COLUMN email_verified_at timestamptz;
UPDATE people SET email_verified_at = created_at;

-- Links in mails, by the hash of their token. `email_index` is the address that the mail went to; a new address is
-- kept sealed until it is confirmed. The password of a sign-up becomes the account's when that sign-up's link is used.
CREATE TABLE email_tokens (
    id            uuid PRIMARY KEY,
    hash          bytea NOT NULL UNIQUE,
    user_id       uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    purpose       text NOT NULL CHECK (purpose IN ('verify', 'reset', 'change')),
    email_index   bytea NOT NULL,
    email_sealed  text,
    password_hash text,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    used_at       timestamptz,
    CHECK ((purpose = 'change') = (email_sealed IS NOT NULL))
);
CREATE INDEX email_tokens_person ON email_tokens (user_id);
CREATE INDEX email_tokens_expiry ON email_tokens (expires_at);
