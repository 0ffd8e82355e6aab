-- Counts the changes of a prompt, so that a change can name the version it was made over.
ALTER TABLE prompts ADD COLUMN version bigint NOT NULL DEFAULT 1;
