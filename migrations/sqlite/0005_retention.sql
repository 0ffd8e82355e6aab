-- Which pictures a revision shows. The newest revision holds what the draft holds, so this covers drafts, too; a
-- picture that is in use can't be deleted.
CREATE TABLE revision_images (
    document_id BLOB NOT NULL,
    number      INTEGER NOT NULL,
    image_id    BLOB NOT NULL REFERENCES images (id),
    PRIMARY KEY (document_id, number, image_id),
    FOREIGN KEY (document_id, number) REFERENCES revisions (document_id, number) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX revision_images_image ON revision_images (image_id);

INSERT INTO revision_images (document_id, number, image_id)
SELECT DISTINCT revisions.document_id, revisions.number, images.id
FROM revisions, json_tree(revisions.tree) AS node
JOIN images ON images.id = unhex(replace(substr(node.value, 15), '-', ''))
WHERE node.key = 'src' AND node.type = 'text' AND node.value LIKE 'carrel:images/%';

ALTER TABLE template_versions ADD COLUMN logo_id BLOB REFERENCES images (id);
CREATE INDEX template_versions_logo ON template_versions (logo_id) WHERE logo_id IS NOT NULL;
UPDATE template_versions
SET logo_id = (SELECT id
               FROM images
               WHERE id = unhex(replace(substr(json_extract(content, '$.letterhead.logo'), 15), '-', '')));

-- The key under which an export may be asked for again, as long as the export is there.
ALTER TABLE exports ADD COLUMN idempotency_key TEXT;
ALTER TABLE exports ADD COLUMN request_hash BLOB;
CREATE UNIQUE INDEX exports_key ON exports (owner_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
